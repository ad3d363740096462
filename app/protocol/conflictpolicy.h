#pragma once

#include <QString>

#include <optional>

namespace sockdrop {

/// What happens when a file of the same name is there already.
enum class ConflictPolicy {
    Rename,  ///< land as "name (1).ext"
    Replace, ///< put the new file in the old one's place, at once and whole
    Skip,    ///< keep the old file and refuse the new one
};

/// "rename", "replace", "skip"
[[nodiscard]] QString conflictPolicyName(ConflictPolicy policy);
[[nodiscard]] std::optional<ConflictPolicy> conflictPolicyFromName(QStringView name);

} // namespace sockdrop
