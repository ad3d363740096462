#pragma once

#include "batchsession.h"

#include <QByteArray>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace sockdrop {

/// The native batches that are being received, and those whose sender was cut off and may come back.
/// Thread-safe.
class BatchSessions final
{
public:
    /// Told, from any thread and under a lock, when nothing more will come of a batch (`isOver`), and when
    /// its sender was cut off.
    using Ended = std::function<void(const HeldBatch& batch, bool isOver)>;

    BatchSessions(UploadBoard& board, const BatchSessionOptions& options, Ended ended)
        : m_board(board), m_options(options), m_ended(std::move(ended)), m_names(options.limits)
    {}
    /// As stop().
    ~BatchSessions();
    Q_DISABLE_COPY_MOVE(BatchSessions)

    /// Goes on with a batch on a new connection; an older connection of the same batch of the same holder
    /// ends at once.
    void start(SocketDescriptor socket, const std::shared_ptr<void>& permit, const BatchGrant& grant,
               const QString& peer);

    /// Gives up waiting for senders that stayed away for Limits::returnTimeout.
    void expire();

    /// Ends every connection and waits for that.
    void stop();

private:
    struct Batch
    {
        TransferSnapshot last;                 ///< final: its sender may not know
        std::shared_ptr<BatchSession> session; ///< none while its sender is away
        std::chrono::steady_clock::time_point awaySince;
        std::shared_ptr<std::atomic<bool>> isCancelled;
        std::shared_ptr<NamesUse> names;
        std::shared_ptr<std::atomic<bool>> isPauseWanted = std::make_shared<std::atomic<bool>>(false);
        std::shared_ptr<std::atomic<qint64>> bytesShown = std::make_shared<std::atomic<qint64>>(0);
    };

    void ended(const HeldBatch& batch, quint64 session, BatchSession::Ending ending,
               const TransferSnapshot& snapshot);
    void conclude(TransferSnapshot last, TransferState state);

    UploadBoard& m_board;
    const BatchSessionOptions m_options;
    const Ended m_ended;
    std::mutex m_mutex;
    std::map<HeldBatch, Batch> m_batches;
    std::map<quint64, std::shared_ptr<BatchSession>> m_sessions; ///< that have not ended, by their number
    std::vector<std::shared_ptr<BatchSession>> m_gone; ///< their threads may still be on the last line
    SenderNames m_names;
    quint64 m_lastSession = 0;
};

} // namespace sockdrop
