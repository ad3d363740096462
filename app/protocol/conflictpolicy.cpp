#include "conflictpolicy.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

QString conflictPolicyName(ConflictPolicy policy)
{
    switch (policy) {
    case ConflictPolicy::Rename:
        return u"rename"_s;
    case ConflictPolicy::Replace:
        return u"replace"_s;
    case ConflictPolicy::Skip:
        return u"skip"_s;
    }
    Q_UNREACHABLE();
}

std::optional<ConflictPolicy> conflictPolicyFromName(QStringView name)
{
    for (const ConflictPolicy policy :
         {ConflictPolicy::Rename, ConflictPolicy::Replace, ConflictPolicy::Skip}) {
        if (name == conflictPolicyName(policy))
            return policy;
    }
    return std::nullopt;
}

} // namespace sockdrop
