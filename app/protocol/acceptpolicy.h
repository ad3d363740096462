#pragma once

#include <QString>

#include <optional>

namespace sockdrop {

/// Who may upload.
enum class AcceptPolicy {
    Ask,      ///< a person decides about each upload, but for peers that are always accepted
    Known,    ///< known peers may, everybody else is declined
    Everyone, ///< nobody is asked
};

/// "ask", "known", "all"
[[nodiscard]] QString acceptPolicyName(AcceptPolicy policy);
[[nodiscard]] std::optional<AcceptPolicy> acceptPolicyFromName(QStringView name);

} // namespace sockdrop
