#include "idcommand.h"

#include "deviceidentity.h"
#include "fingerprint.h"
#include "messages.h"
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
    const QString name = Settings(arguments.profile).deviceName();
    if (arguments.format == OutputFormat::Json) {
        output.event(u"id"_s, {{u"name"_s, name},
                               {u"fingerprint"_s, identity->fingerprint()},
                               {u"certificate"_s, identity->certificateFingerprint()}});
    } else {
        output.line(Cli::tr("Name:         %1").arg(name));
        output.line(Cli::tr("Fingerprint:  %1").arg(identity->fingerprint()));
        output.line(
            Cli::tr("Certificate:  %1").arg(fingerprintWithColons(identity->certificateFingerprint())));
    }
    return ExitCode::AllLanded;
}

} // namespace sockdrop
