#pragma once

#include "connectionhandler.h"
#include "receivecontext.h"
#include "uploadsession.h"

#include <QObject>

#include <memory>
#include <unordered_map>

namespace sockdrop {

/// First contacts go on at this and their id.
inline constexpr QByteArrayView pairPrefix = "/pair/";

/// Answers `GET /`, first contacts and offers, and runs the sessions of one engine thread.
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
    /// An offer on its way to a token.
    struct Question
    {
        Grant grant; ///< as far as the offer says; folder and name come with the verdict
        RemotePeer peer;
        bool isJson = false;
        Reply reply;
    };

    [[nodiscard]] HttpResponse describeService(const HttpRequest& request) const;
    [[nodiscard]] HttpResponse answerPairing(const HttpRequest& request, const RemotePeer& peer);
    [[nodiscard]] HttpResponse comparePairing(const QByteArray& id, const QString& word,
                                              const RemotePeer& peer);
    [[nodiscard]] HttpResponse beginPairing(const QJsonObject& body, const RemotePeer& peer);
    [[nodiscard]] Withdrawn takeOffer(const HttpRequest& request, const RemotePeer& peer, const Reply& reply);
    [[nodiscard]] Result<Grant> readGrant(const HttpRequest& request, const RemotePeer& peer) const;
    [[nodiscard]] Result<Offer> readOffer(const HttpRequest& request) const;
    [[nodiscard]] Result<void> checkDestination(const Grant& grant,
                                                const ReceiveContext::Destination& destination) const;
    void decided(OfferId offer, const Admission::Verdict& verdict);
    void conclude(Question question, const Admission::Verdict& verdict);
    [[nodiscard]] Result<QByteArray> issue(Question question, const Admission::Admitted& admitted);
    [[nodiscard]] HttpResponse refusal(const RemotePeer& peer, const Error& error);

    [[nodiscard]] Decision upgradeFile(FileGrant grant, const std::optional<qint64>& length);
    [[nodiscard]] Decision upgradeBatch(const BatchGrant& grant, const QHostAddress& peer);
    void startSession(std::unique_ptr<Channel> channel, const FileGrant& grant);

    ReceiveContext& m_context;
    std::unordered_map<OfferId, Question> m_waiting; ///< for a person
    std::unordered_map<UploadSession*, std::unique_ptr<UploadSession>> m_sessions;
    QObject m_mailbox; ///< where verdicts from other threads come to this one; goes first
};

} // namespace sockdrop
