#pragma once

#include "connectionhandler.h"
#include "serviceinfo.h"
#include "tokenstore.h"
#include "uploadboard.h"
#include "uploadsession.h"

#include <QMutex>

#include <atomic>
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

    ReceiveContext(const Limits& limits, UploadBoard& board, ServiceInfo service, Destination destination,
                   int mostUploads)
        : m_limits(limits), m_board(board), m_service(std::move(service)), m_mostUploads(mostUploads),
          m_tokens(limits), m_destination(std::move(destination))
    {}

    [[nodiscard]] const Limits& limits() const { return m_limits; }
    [[nodiscard]] const ServiceInfo& service() const { return m_service; }
    [[nodiscard]] TokenStore& tokens() { return m_tokens; }
    [[nodiscard]] UploadBoard& board() { return m_board; }

    /// Whether one more upload would be let in, and lets it in.
    [[nodiscard]] bool mayAdmit() const;
    [[nodiscard]] bool admit();

    [[nodiscard]] Destination destination() const;
    void setDestination(const Destination& destination);

private:
    const Limits m_limits;
    UploadBoard& m_board;
    const ServiceInfo m_service;
    const int m_mostUploads;
    std::atomic<int> m_admitted = 0;
    TokenStore m_tokens;
    mutable QMutex m_mutex;
    Destination m_destination;
};

/// Answers `GET /`, gives tokens for `POST /upload`, and runs the sessions of one engine thread.
class ReceiveHandler final : public ConnectionHandler
{
public:
    explicit ReceiveHandler(ReceiveContext& context) : m_context(context) {}
    /// Ends its sessions: receiving was turned off.
    ~ReceiveHandler() override;
    Q_DISABLE_COPY_MOVE(ReceiveHandler)

    void request(const HttpRequest& request, const QHostAddress& peer, const Reply& reply) override;
    [[nodiscard]] std::variant<HttpResponse, TakeChannel> upgrade(const HttpRequest& request,
                                                                  const QHostAddress& peer) override;
    void refused(const QHostAddress& peer, int status, const QString& line) override;

private:
    [[nodiscard]] HttpResponse answer(const HttpRequest& request);
    [[nodiscard]] HttpResponse describeService(const HttpRequest& request) const;
    [[nodiscard]] Result<Offer> readOffer(const HttpRequest& request) const;
    [[nodiscard]] Result<QByteArray> admit(const Offer& offer);
    void startSession(std::unique_ptr<Channel> channel, const Grant& grant);

    ReceiveContext& m_context;
    std::unordered_map<UploadSession*, std::unique_ptr<UploadSession>> m_sessions;
};

} // namespace sockdrop
