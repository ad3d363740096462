#include "idcommand.h"

#include "deviceidentity.h"
#include "output.h"
#include "settings.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

ExitCode runIdCommand(const IdArguments& arguments, Output& output)
{
    const Result<DeviceIdentity> identity = DeviceIdentity::loadOrCreate(arguments.profile.dataFolder());
    if (!identity) {
        output.warning(identity.error().text);
        return ExitCode::SomethingFailed;
    }
    if (arguments.format == OutputFormat::Json)
        output.event(u"id"_s, {{u"name"_s, Settings(arguments.profile).deviceName()},
                               {u"fingerprint"_s, identity->fingerprint()}});
    else
        output.line(identity->fingerprint());
    return ExitCode::AllLanded;
}

} // namespace sockdrop
