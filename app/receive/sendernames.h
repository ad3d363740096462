#pragma once

#include "givennames.h"
#include "programlimits.h"

#include <QByteArray>
#include <QHash>

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

namespace sockdrop {

/// Which upload asks for the names that those of its sender have given.
struct NamesAsker
{
    QByteArray sender;
    QByteArray batch;
    QByteArray together; ///< BatchOffer::together
};

/// The share of one upload in these names. For any thread.
class NamesUse final
{
public:
    struct Scope;
    NamesUse(std::shared_ptr<Scope> scope, NamesAsker asker, const Limits& limits);
    /// As end(), of an upload that may come back.
    ~NamesUse();
    Q_DISABLE_COPY_MOVE(NamesUse)

    [[nodiscard]] std::shared_ptr<GivenNames> names() const;
    /// The upload is complete: what follows it may replace its files.
    void end();

private:
    void leave(const QByteArray& id, std::chrono::milliseconds lifetime);

    const std::shared_ptr<Scope> m_scope;
    const NamesAsker m_asker;
    const Limits m_limits;
    std::once_flag m_left;
};

/// The names that each sender's uploads have given. Uploads that run at the same time share them, as do those
/// that were sent together, and an upload finds them again when it comes back. Not thread-safe.
class SenderNames final
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    explicit SenderNames(const Limits& limits) : m_limits(limits) {}

    [[nodiscard]] std::shared_ptr<NamesUse> use(const NamesAsker& asker);
    /// Forgets what nobody will ask for any more.
    void expire(TimePoint now);

private:
    [[nodiscard]] std::shared_ptr<NamesUse::Scope> find(const NamesAsker& asker) const;

    const Limits m_limits;
    std::vector<std::shared_ptr<NamesUse::Scope>> m_scopes;
};

} // namespace sockdrop
