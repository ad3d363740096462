#pragma once

#include "logring.h"
#include "peeraddress.h"
#include "programlimits.h"
#include "transfer.h"

#include <QList>
#include <QObject>
#include <QStringList>
#include <QThread>

#include <memory>

namespace sockdrop {

class SendEngine;

struct SendOptions
{
    int jobs = 1; ///< uploads to one peer at once, at least 1
    Limits limits;
};

/// The uploads of this machine, in the order they were asked for.
///
/// Lives in the thread that made it (the window's); every call returns at once, all sockets and files are on
/// a thread of its own, and every signal comes from its own thread's event loop.
class UploadQueue final : public QObject
{
    Q_OBJECT

public:
    explicit UploadQueue(const SendOptions& options, QObject* parent = nullptr);
    /// Cuts what runs.
    ~UploadQueue() override;

    /// Uploads files and whole folders. Folders are walked on the queue's thread; each file and each empty
    /// folder becomes an upload. What cannot be sent (a socket, an unreadable folder, a link out of the tree)
    /// becomes one that failed, never silently left out.
    void send(const QStringList& paths, const PeerAddress& peer);

    /// Stops an upload that is waiting or running; nothing for one that ended.
    void cancel(TransferId id);
    void cancelAll();
    /// Puts a failed or cancelled upload at the end of the queue again, under the same id.
    void retry(TransferId id);
    /// Drops uploads that ended from memory; they cannot be retried any more.
    void forget(const QList<TransferId>& ids);

Q_SIGNALS:
    /// New or changed uploads, at most ten times a second; each upload's final state is always told once.
    void uploadsChanged(const QList<sockdrop::TransferSnapshot>& uploads);
    /// Dropped folders are being walked: `found` files so far. Ends with `isActive` false.
    void walkChanged(bool isActive, qint64 found);
    void logged(const sockdrop::LogEntry& entry);
    /// Everything asked for so far was walked and has ended; told after the last uploadsChanged() of it.
    void finished();

private:
    std::unique_ptr<SendEngine> m_engine;
    QThread m_thread;
};

} // namespace sockdrop
