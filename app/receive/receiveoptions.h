#pragma once

#include "acceptpolicy.h"
#include "conflictpolicy.h"
#include "programlimits.h"

#include <QHostAddress>
#include <QString>
#include <QStringList>

#include <memory>

namespace sockdrop {

class KnownPeers;
class TlsContext;

/// How a Receiver shall receive.
struct ReceiveOptions
{
    QString folder;                          ///< absolute path of the destination
    bool makesFolder = false;                ///< where it is missing
    QHostAddress address{QHostAddress::Any}; ///< interface to listen on
    quint16 port = 0;                        ///< 0: any free one
    ConflictPolicy conflict = ConflictPolicy::Rename;
    int mostUploads = 0;          ///< further ones are declined; 0: as many as come
    bool tellsFiles = true;       ///< false: filesChanged() only for files that failed
    bool keepsExecutable = false; ///< a file that its sender could run may be run here
    bool readsBack = false;       ///< each file of a batch is read again before it gets its name
    QString deviceName;
    AcceptPolicy accept = AcceptPolicy::Ask;
    QStringList allowedHosts;                   ///< further names for OwnNames
    bool takesPlain = false;                    ///< unencrypted uploads too: browsers, old programs
    bool hasPerson = true;                      ///< somebody sees offersChanged(); else Ask declines
    std::shared_ptr<const TlsContext> identity; ///< none: nothing encrypted is taken
    std::shared_ptr<KnownPeers> knownPeers;     ///< none: nobody is known
    Limits limits;
};

} // namespace sockdrop
