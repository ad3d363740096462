#pragma once

#include "programlimits.h"
#include "result.h"

#include <QDateTime>
#include <QList>
#include <QStringList>

#include <atomic>
#include <functional>
#include <vector>

namespace sockdrop {

/// Something to upload, found by a walk.
struct SourceItem
{
    QString absolutePath;
    QStringList relativePath; ///< as the receiver shall name it: begins with the dropped file or folder
    bool isFolder = false;    ///< an empty folder
    qint64 size = 0;          ///< when it was found
};

/// Walks dropped paths. Files and empty folders are found; links are followed only to regular files inside
/// the dropped tree, or where the dropped path is itself a link.
class SourceWalk final
{
public:
    /// Found items come in batches of at most this many.
    static constexpr qsizetype batchSize = 500;

    using Found = std::function<void(const QList<SourceItem>&)>;
    /// What is not sent, and why: the path and one sentence.
    using Skipped = std::function<void(const QString& path, const Error& error)>;

    SourceWalk(const Limits& limits, Found found, Skipped skipped)
        : m_limits(limits), m_found(std::move(found)), m_skipped(std::move(skipped))
    {}

    /// Walks in the calling thread and returns when all is told, or soon after `isCancelled` became true.
    void run(const QStringList& paths, const std::atomic<bool>& isCancelled);

private:
    struct Folder;

    void visitDropped(const QString& path, const std::atomic<bool>& isCancelled);
    void visitFolder(const QString& path, const QStringList& relative, const QString& root,
                     const std::atomic<bool>& isCancelled);
    void visitEntry(int folderFd, const QByteArray& rawName, const Folder& folder, const QString& root,
                    std::vector<Folder>& folders);
    void add(SourceItem item);
    void flush();

    const Limits m_limits;
    Found m_found;
    Skipped m_skipped;
    QList<SourceItem> m_batch;
};

} // namespace sockdrop
