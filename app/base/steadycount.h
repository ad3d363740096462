#pragma once

#include <QtGlobal>

#include <algorithm>

namespace sockdrop {

/// What people see of a count that begins anew after a lost line: it stands where it was until the count has
/// caught up.
class SteadyCount final
{
public:
    /// The count begins anew, after `shown` was shown.
    void hold(qint64 shown) { m_held = std::max(m_held, shown); }
    /// What was shown is not true any more.
    void release() { m_held = 0; }
    /// Never more than `total`; below 0: not known.
    [[nodiscard]] qint64 shown(qint64 counted, qint64 total) const
    {
        return std::max(counted, total < 0 ? m_held : std::min(m_held, total));
    }

private:
    qint64 m_held = 0;
};

} // namespace sockdrop
