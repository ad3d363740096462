#include "identity.h"

#include "knownpeers.h"
#include "output.h"
#include "profile.h"

namespace sockdrop {

Result<DeviceIdentity> loadIdentity(const Profile& profile, Output& output)
{
    const QString folder = profile.dataFolder();
    Result<DeviceIdentity> identity = DeviceIdentity::loadOrCreate(folder);
    if (identity && identity->isNew() && !KnownPeers(folder).isEmpty())
        output.warning(DeviceIdentity::lostText(folder));
    return identity;
}

} // namespace sockdrop
