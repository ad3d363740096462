#pragma once

#include "result.h"

#include <QByteArray>
#include <QString>

namespace sockdrop {

/// What answers at an address: the facts a Sockdrop gives at `GET /` for `Accept: application/json`.
struct ServiceInfo
{
    QString name; ///< the device's, chosen by its owner; plain text only
    QString version;

    [[nodiscard]] QByteArray toJson() const;
    [[nodiscard]] QByteArray toText() const;

    bool operator==(const ServiceInfo&) const = default;
};

/// Kinds of upload servers a sender can talk to.
enum class ServiceKind {
    Sockdrop,
    Original, ///< the original demo's server or one like it: takes a file as one message, confirms nothing
};

/// Recognises a server by its answer to `GET /`: a Sockdrop by its JSON, an original one by a text that names
/// `/upload`. ProtocolError for everything else.
[[nodiscard]] Result<ServiceKind> recogniseService(const QByteArray& body);

} // namespace sockdrop
