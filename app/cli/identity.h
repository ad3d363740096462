#pragma once

#include "deviceidentity.h"

namespace sockdrop {

class Output;
class Profile;

/// Who this device is; made where it is nobody yet, with a word about it where it was somebody before.
[[nodiscard]] Result<DeviceIdentity> loadIdentity(const Profile& profile, Output& output);

} // namespace sockdrop
