#pragma once

#include "batchsessions.h"
#include "connectionhandler.h"
#include "serviceinfo.h"
#include "tokenstore.h"
#include "uploadboard.h"
#include "uploadsession.h"

#include <QMutex>
#include <QSet>

#include <memory>
#include <unordered_map>

namespace sockdrop {

/// What the handlers of all engine threads share. Thread-safe.
class ReceiveContext final
{
public:
    struct Destination
    {
        std::shared_ptr<const LandingFolder> folder;
        ConflictPolicy conflict = ConflictPolicy::Rename;
    };

    ReceiveContext(const BatchSessionOptions& options, UploadBoard& board, ServiceInfo service,
                   Destination destination, int mostUploads)
        : m_limits(options.limits), m_board(board), m_service(std::move(service)), m_mostUploads(mostUploads),
          m_tokens(options.limits), m_destination(std::move(destination)), m_batches(board, options)
    {}

    [[nodiscard]] const Limits& limits() const { return m_limits; }
    [[nodiscard]] BatchSessions& batches() { return m_batches; }
    [[nodiscard]] const ServiceInfo& service() const { return m_service; }
    [[nodiscard]] TokenStore& tokens() { return m_tokens; }
    [[nodiscard]] UploadBoard& board() { return m_board; }

    /// Whether one more upload would be let in, and lets it in. A batch that comes back is in already;
    /// `batch` is empty for other uploads.
    [[nodiscard]] bool mayAdmit(const QByteArray& batch) const;
    [[nodiscard]] bool admit(const QByteArray& batch);

    [[nodiscard]] Destination destination() const;
    void setDestination(const Destination& destination);

private:
    const Limits m_limits;
    UploadBoard& m_board;
    const ServiceInfo m_service;
    const int m_mostUploads;
    TokenStore m_tokens;
    mutable QMutex m_mutex;
    Destination m_destination;
    int m_admitted = 0;
    QSet<QByteArray> m_admittedBatches;
    BatchSessions m_batches;
};

/// Answers `GET /`, gives tokens for `POST /upload`, and runs the sessions of one engine thread.
class ReceiveHandler final : public ConnectionHandler
{
public:
    explicit ReceiveHandler(ReceiveContext& context) : m_context(context) {}
    /// Ends its sessions: receiving was turned off.
    ~ReceiveHandler() override;
    Q_DISABLE_COPY_MOVE(ReceiveHandler)

    [[nodiscard]] Withdrawn request(const HttpRequest& request, const RemotePeer& peer,
                                    const Reply& reply) override;
    [[nodiscard]] Decision upgrade(const HttpRequest& request, const RemotePeer& peer) override;
    void refused(const QHostAddress& peer, int status, const QString& line) override;

private:
    [[nodiscard]] HttpResponse answer(const HttpRequest& request);
    [[nodiscard]] HttpResponse describeService(const HttpRequest& request) const;
    [[nodiscard]] HttpResponse answerOffer(const HttpRequest& request);
    [[nodiscard]] Result<Offer> readOffer(const HttpRequest& request) const;
    [[nodiscard]] Result<QByteArray> admit(const Offer& offer);
    [[nodiscard]] Result<QByteArray> admit(const BatchOffer& offer);
    [[nodiscard]] Result<ReceiveContext::Destination> usableDestination(const QByteArray& batch) const;
    [[nodiscard]] Result<QByteArray> issue(const Grant& grant);
    [[nodiscard]] Decision upgradeFile(FileGrant grant, const std::optional<qint64>& length);
    [[nodiscard]] Decision upgradeBatch(const BatchGrant& grant, const QHostAddress& peer);
    void startSession(std::unique_ptr<Channel> channel, const FileGrant& grant);

    ReceiveContext& m_context;
    std::unordered_map<UploadSession*, std::unique_ptr<UploadSession>> m_sessions;
};

} // namespace sockdrop
