#pragma once

#include "channel.h"
#include "landing.h"
#include "ratemeter.h"
#include "receipt.h"
#include "tokenstore.h"
#include "transfer.h"

#include <QObject>
#include <QTimer>

#include <memory>

namespace sockdrop {

class UploadBoard;

/// One incoming upload, from the open channel to the receipt. Lives on the channel's engine thread.
class UploadSession final : public QObject
{
    Q_OBJECT

public:
    UploadSession(std::unique_ptr<Channel> channel, FileGrant grant, UploadBoard& board);
    /// A silent cut; the partial file stays.
    ~UploadSession() override;

    /// Opens the staging file; an upload without bytes lands at once. May emit closed() only later.
    void start();

    /// Ends it with an error, which the sender is told. Nothing when it has ended.
    void fail(const Error& error);
    /// Ends it for the person at this machine and removes the partial file. Nothing when it has ended.
    void cancel();

Q_SIGNALS:
    /// The connection is gone; the session can be destroyed.
    void closed();

private:
    void append(const QByteArray& bytes);
    void endOfUpload();
    void ended(Channel::Ending ending);
    void land(const QString& note);
    void landed(const LandedFile& file, const QString& note);
    void finish(TransferState state, const QString& message, quint16 closeCode);
    [[nodiscard]] FileSnapshot onlyFile() const;
    void publishProgress();

    std::unique_ptr<Channel> m_channel;
    const FileGrant m_grant;
    UploadBoard& m_board;
    std::unique_ptr<Landing> m_landing;
    TransferSnapshot m_snapshot;
    RateMeter m_rate;
    QTimer m_progressTimer; ///< while bytes may come, so that a stalled upload shows as one
    bool m_hasWholeMessage = false;
};

} // namespace sockdrop
