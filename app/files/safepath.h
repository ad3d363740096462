#pragma once

#include "programlimits.h"
#include "result.h"

#include <QStringList>

#include <functional>

namespace sockdrop {

/// Name of the hidden folder in the destination where files are until they are whole.
inline constexpr char stagingFolderName[] = ".sockdrop-partial";

/// A relative path whose every component may be made in the destination: the one form in which a name given
/// by a peer reaches the file system.
///
/// Made safe: to NFC; `/ \ :`, NUL, control, bidi, line separator and zero-width characters and noncharacters
/// become
/// `_`; dots and spaces at the end go; a Windows device name and the staging folder's name get a `_` before
/// them. Refused: nothing left, a lone surrogate, too long (a cut name would be another one). Kept: `* ? " <
/// > |`, which are common here and which only some Windows file systems refuse, then as an error of that
/// upload; a leading space; the joiners U+200C/D between non-ASCII characters, for Persian or emoji.
class SafePath final
{
public:
    /// Makes the components safe where that is unambiguous, else UnsafeName. A component holding a separator
    /// is no path: its separators are replaced like other forbidden characters.
    [[nodiscard]] static Result<SafePath> fromUntrusted(const QStringList& components, const Limits& limits);

    /// `name`, a single component, in the folder `parent`; as above.
    [[nodiscard]] static Result<SafePath> inFolder(const SafePath& parent, const QString& name,
                                                   const Limits& limits);
    /// What is said of one that is too long.
    [[nodiscard]] static Error tooLong(const QString& path);
    /// The destination itself: a parent for names right in it.
    [[nodiscard]] static SafePath top() { return {}; }

    /// With what `name` makes of each component: this, or another safe name.
    [[nodiscard]] SafePath mapped(const std::function<QString(const QString&)>& name) const;

    /// Relative, joined by `/`.
    [[nodiscard]] QString toString() const { return m_components.join(u'/'); }
    /// That of `name` in this folder, joined by `/`.
    [[nodiscard]] QString childPath(const QString& name) const
    {
        return m_components.isEmpty() ? name : toString() + u'/' + name;
    }
    [[nodiscard]] const QStringList& components() const { return m_components; }
    /// Something had to be changed to make it safe.
    [[nodiscard]] bool wasChanged() const { return m_wasChanged; }

private:
    SafePath() = default;

    QStringList m_components;
    bool m_wasChanged = false;
};

} // namespace sockdrop
