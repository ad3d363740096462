#include "sendernames.h"

#include <algorithm>

namespace sockdrop {

using std::chrono::steady_clock;

struct NamesUse::Scope
{
    explicit Scope(QByteArray of) : sender(std::move(of)) {}

    const QByteArray sender;
    const std::shared_ptr<GivenNames> names = std::make_shared<GivenNames>();
    std::mutex mutex;
    int running = 0;                                   ///< uploads
    QHash<QByteArray, steady_clock::time_point> until; ///< what may follow, by its id, and how long

    [[nodiscard]] bool isAwaiting(const NamesAsker& asker)
    {
        const std::lock_guard lock(mutex);
        return sender == asker.sender && (until.contains(asker.batch) || until.contains(asker.together));
    }
    [[nodiscard]] bool isRunning(const NamesAsker& asker)
    {
        const std::lock_guard lock(mutex);
        return sender == asker.sender && running > 0;
    }
    [[nodiscard]] bool isOver(steady_clock::time_point now)
    {
        const std::lock_guard lock(mutex);
        until.removeIf([now](const auto& entry) { return entry.value() <= now; });
        return running == 0 && until.isEmpty();
    }
};

NamesUse::NamesUse(std::shared_ptr<Scope> scope, NamesAsker asker, const Limits& limits)
    : m_scope(std::move(scope)), m_asker(std::move(asker)), m_limits(limits)
{
    const std::lock_guard lock(m_scope->mutex);
    ++m_scope->running;
    m_scope->until.remove(m_asker.batch);
}

NamesUse::~NamesUse()
{
    leave(m_asker.batch, m_limits.partialLifetime);
}

std::shared_ptr<GivenNames> NamesUse::names() const
{
    return m_scope->names;
}

void NamesUse::end()
{
    leave(m_asker.together, m_limits.answerTimeout);
}

void NamesUse::leave(const QByteArray& id, std::chrono::milliseconds lifetime)
{
    std::call_once(m_left, [&] {
        const std::lock_guard lock(m_scope->mutex);
        --m_scope->running;
        if (!id.isEmpty())
            m_scope->until.insert(id, steady_clock::now() + lifetime);
    });
}

std::shared_ptr<NamesUse> SenderNames::use(const NamesAsker& asker)
{
    std::shared_ptr<NamesUse::Scope> scope = find(asker);
    if (!scope) {
        scope = std::make_shared<NamesUse::Scope>(asker.sender);
        m_scopes.push_back(scope);
    }
    return std::make_shared<NamesUse>(scope, asker, m_limits);
}

std::shared_ptr<NamesUse::Scope> SenderNames::find(const NamesAsker& asker) const
{
    auto found = std::find_if(m_scopes.begin(), m_scopes.end(),
                              [&](const auto& scope) { return scope->isAwaiting(asker); });
    if (found == m_scopes.end())
        found = std::find_if(m_scopes.begin(), m_scopes.end(),
                             [&](const auto& scope) { return scope->isRunning(asker); });
    return found == m_scopes.end() ? nullptr : *found;
}

void SenderNames::expire(TimePoint now)
{
    std::erase_if(m_scopes, [now](const auto& scope) { return scope->isOver(now); });
}

} // namespace sockdrop
