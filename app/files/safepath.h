#pragma once

#include "programlimits.h"
#include "result.h"

#include <QStringList>

namespace sockdrop {

/// A relative path whose every component may be made in the destination: the one form in which a name given
/// by a peer reaches the file system.
class SafePath final
{
public:
    /// Makes the components safe where that is unambiguous, else UnsafeName. A component holding a separator is
    /// no path: its separators are replaced like other forbidden characters.
    [[nodiscard]] static Result<SafePath> fromUntrusted(const QStringList& components, const Limits& limits);

    /// Relative, joined by `/`.
    [[nodiscard]] QString toString() const { return m_components.join(u'/'); }
    [[nodiscard]] const QStringList& components() const { return m_components; }
    /// Something had to be changed to make it safe.
    [[nodiscard]] bool wasChanged() const { return m_wasChanged; }

private:
    SafePath() = default;

    QStringList m_components;
    bool m_wasChanged = false;
};

} // namespace sockdrop
