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
    bool tellsFiles = true; ///< false: filesChanged() only for files that failed
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

    /// Uploads files and whole folders as one batch; folders are walked on the batch's thread. What cannot be
    /// sent (a socket, an unreadable folder, a link out of the tree) is a file of it that failed, never
    /// silently left out.
    void send(const QStringList& paths, const PeerAddress& peer);

    /// Stops an upload that is waiting or running; nothing for one that ended.
    void cancel(TransferId id);
    void cancelAll();
    /// Holds an upload that runs; it keeps its connection and its place.
    void pause(TransferId id);
    void resume(TransferId id);
    /// Puts a failed or cancelled upload at the end of the queue again, under the same id; of a batch that is
    /// done, the files that failed.
    void retry(TransferId id);
    /// Drops uploads that ended from memory; they cannot be retried any more.
    void forget(const QList<TransferId>& ids);

Q_SIGNALS:
    /// New or changed uploads, at most ten times a second; each upload's final state is always told once.
    void uploadsChanged(const QList<sockdrop::TransferSnapshot>& uploads);
    /// Files of batches, in the same rhythm: each file's final state is always told once (see
    /// SendOptions::tellsFiles).
    void filesChanged(const QList<sockdrop::FileSnapshot>& files);
    void logged(const sockdrop::LogEntry& entry);
    /// Everything asked for so far was walked and has ended; told after the last uploadsChanged() of it.
    void finished();

private:
    std::unique_ptr<SendEngine> m_engine;
    QThread m_thread;
};

} // namespace sockdrop
