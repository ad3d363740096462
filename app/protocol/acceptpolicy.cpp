#include "acceptpolicy.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

QString acceptPolicyName(AcceptPolicy policy)
{
    switch (policy) {
    case AcceptPolicy::Ask:
        return u"ask"_s;
    case AcceptPolicy::Known:
        return u"known"_s;
    case AcceptPolicy::Everyone:
        return u"all"_s;
    }
    Q_UNREACHABLE();
}

std::optional<AcceptPolicy> acceptPolicyFromName(QStringView name)
{
    for (const AcceptPolicy policy : {AcceptPolicy::Ask, AcceptPolicy::Known, AcceptPolicy::Everyone}) {
        if (name == acceptPolicyName(policy))
            return policy;
    }
    return std::nullopt;
}

} // namespace sockdrop
