#include "idcommand.h"

#include "fingerprint.h"
#include "identity.h"
#include "messages.h"
#include "output.h"
#include "settings.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

ExitCode runIdCommand(const IdArguments& arguments, Output& output)
{
    const Result<DeviceIdentity> identity = loadIdentity(arguments.profile, output);
    if (!identity) {
        output.warning(identity.error().text);
        return ExitCode::SomethingFailed;
    }
    const QString name = Settings(arguments.profile).deviceName(identity->fingerprint());
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
