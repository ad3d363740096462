#include "refusals.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

Error declinedByPerson()
{
    return {ErrorCode::Declined, u"The receiver declined the upload."_s};
}

Error codesDiffer()
{
    return {ErrorCode::Declined, u"The person there says that the codes don't match."_s};
}

Error unusableContact()
{
    return {ErrorCode::NotTrusted, u"This first contact is unknown, spent or expired."_s};
}

Error unanswered()
{
    return {ErrorCode::Declined, u"Nobody answered at the receiver."_s};
}

Error onlyKnownPeers()
{
    return {ErrorCode::Declined, u"Only devices that the receiver knows may upload."_s};
}

Error nobodyToAsk()
{
    return {ErrorCode::Declined, u"A person must accept uploads there, and nobody can be asked."_s};
}

Error tooManyOffers()
{
    return {ErrorCode::Busy, u"Too many uploads wait for an answer there; try again later."_s};
}

Error onlyEncrypted()
{
    return {
        ErrorCode::Declined,
        u"Only encrypted uploads are accepted here. Use https://, in Sockdrop an address without http://; or allow unencrypted uploads on this device."_s};
}

} // namespace sockdrop
