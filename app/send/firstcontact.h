#pragma once

#include "peertrust.h"

#include <QDeadlineTimer>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace sockdrop {

/// The first contact of an upload with its receiver (PROTOCOL.md): one code on two screens, and two people
/// who say whether it is the same. answer() and wake() are for any thread, all else for the upload's.
class FirstContact final
{
public:
    /// What ends an upload early; a cut one has no time for a farewell.
    struct Ends
    {
        const std::atomic<bool>& isCancelled;
        const std::atomic<bool>& isCut;
    };
    /// `told` hears of each state that a person shall see. All others must outlive it.
    FirstContact(PeerTrust& trust, const PeerRoute& route, const PeerClient& client, const Limits& limits,
                 const Ends& ends, std::function<void(const TrustQuestion&)> told);

    /// Meets the receiver that PeerTrust has checked, and returns once the offer may follow: then the
    /// receiver is known, or isWaiting(). `own`: Same where nobody is to be asked here, else Open.
    /// NotTrusted, Declined, Cancelled.
    [[nodiscard]] Result<void> meet(CodeAnswer own);
    /// The person here has found the codes the same and the one at the receiver has not answered yet; the
    /// receiver is not known as long as that is so.
    [[nodiscard]] bool isWaiting() const { return m_state == ContactState::SameHere; }
    /// For as long the code may still stand on a screen.
    [[nodiscard]] std::chrono::milliseconds timeLeft() const;
    /// What came of the offer says how the code was found, or the receiver is asked.
    [[nodiscard]] Result<QByteArray> conclude(const Result<QByteArray>& token);

    /// What the person here says.
    void answer(bool isSame);
    void wake();

private:
    void compare();
    void ask();
    [[nodiscard]] CodeAnswer waitForPerson();
    [[nodiscard]] Result<void> outcome();
    [[nodiscard]] Error failure() const;
    void tell();
    void sayGoodbye() const;

    PeerTrust& m_trust;
    const PeerRoute& m_route;
    const PeerClient& m_client;
    const Limits& m_limits;
    const Ends m_ends;
    const std::function<void(const TrustQuestion&)> m_told;
    PeerTrust::Contact m_contact;
    QDeadlineTimer m_deadline;
    ContactState m_state = ContactState::Begun;

    std::mutex m_mutex;
    std::condition_variable m_answered;
    CodeAnswer m_own = CodeAnswer::Open; ///< guarded by m_mutex
};

} // namespace sockdrop
