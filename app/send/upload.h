#pragma once

#include "filedigest.h"
#include "peerclient.h"
#include "ratemeter.h"
#include "receipt.h"
#include "sourcefile.h"
#include "sourcewalk.h"
#include "transfer.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <memory>

class QWebSocket;

namespace sockdrop {

/// Uploads one file or empty folder. Lives on the queue's thread. Memory is bounded by Limits::unsentBytes,
/// but for a file that an original server must get as one message.
class Upload final : public QObject
{
    Q_OBJECT

public:
    Upload(SourceItem item, PeerAddress peer, ServiceKind kind, PeerClient& client, const Limits& limits);
    /// A silent cancel.
    ~Upload() override;

    void start();

    [[nodiscard]] TransferState state() const { return m_state; }

    /// What a person sees of it now; id, name, peer, source and times are the queue's to fill in.
    [[nodiscard]] TransferSnapshot snapshot();

Q_SIGNALS:
    /// Exactly once: snapshot() is final.
    void finished();

private:
    void requestToken();
    void connectTo(const QByteArray& token);
    void pump();
    void sendWhole();
    void allSent();
    void receiptCame(const QString& message);
    void lineClosed();
    void fail(const Error& error);
    void finish(TransferState state);
    [[nodiscard]] qint64 bytesDone() const;

    const SourceItem m_item;
    const PeerAddress m_peer;
    const ServiceKind m_kind;
    PeerClient& m_client;
    const Limits m_limits;

    TransferState m_state = TransferState::Waiting;
    std::unique_ptr<SourceFile> m_file;
    std::unique_ptr<QWebSocket> m_socket;
    QTimer m_deadline; ///< of the step that is under way
    FileDigest m_digest;
    RateMeter m_rate;
    std::optional<Error> m_error;
    Receipt m_receipt;
};

} // namespace sockdrop
