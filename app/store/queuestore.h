#pragma once

#include "peeraddress.h"

#include <QByteArray>
#include <QList>
#include <QObject>
#include <QStringList>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace sockdrop {

/// An upload that was asked for and has not ended.
struct QueuedUpload
{
    QByteArray key; ///< unique
    PeerAddress peer;
    QStringList paths;

    bool operator==(const QueuedUpload&) const = default;
};

/// Keeps the uploads that have not ended, for the next start, in the SQLite file "sockdrop.db" of a profile.
/// Every call returns at once; the database is used on a thread of its own. What cannot be kept is logged:
/// the uploads themselves do not suffer.
class QueueStore final : public QObject
{
    Q_OBJECT

public:
    /// `folder` is made where it is missing.
    explicit QueueStore(const QString& folder);
    /// Waits until everything is written.
    ~QueueStore() override;

    /// Answered by loaded().
    void load();
    void add(const sockdrop::QueuedUpload& upload);
    void remove(const QByteArray& key);

Q_SIGNALS:
    /// In the order in which they were added.
    void loaded(const QList<sockdrop::QueuedUpload>& uploads);

private:
    class Database;
    using Task = std::function<void(Database&)>;

    void post(Task task);
    void work(const QString& folder);

    std::mutex m_mutex; ///< guards m_tasks
    std::condition_variable m_news;
    std::deque<Task> m_tasks; ///< an empty one is the last
    std::thread m_thread;
};

} // namespace sockdrop

Q_DECLARE_METATYPE(sockdrop::QueuedUpload)
