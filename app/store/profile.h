#pragma once

#include "result.h"

#include <QString>

namespace sockdrop {

/// Where one instance keeps its state, after the XDG base directory specification. Instances with different
/// profiles share nothing.
class Profile final
{
public:
    /// The default profile for an empty name; else a name of 1 to 32 letters, digits, `-` and `_`.
    [[nodiscard]] static Result<Profile> named(const QString& name);

    [[nodiscard]] QString name() const { return m_name; }
    /// $XDG_CONFIG_HOME/sockdrop, or …/sockdrop/profiles/NAME. May not exist yet.
    [[nodiscard]] QString configFolder() const;
    /// $XDG_DATA_HOME/sockdrop, or …/sockdrop/profiles/NAME. May not exist yet.
    [[nodiscard]] QString dataFolder() const;
    /// Name of the local socket by which a second start reaches the running window of this profile and user.
    [[nodiscard]] QString socketName() const;

private:
    explicit Profile(QString name) : m_name(std::move(name)) {}

    QString m_name;
};

} // namespace sockdrop
