#include "logging.h"

namespace sockdrop {

Q_LOGGING_CATEGORY(lcFiles, "sockdrop.files", QtInfoMsg)
Q_LOGGING_CATEGORY(lcTrust, "sockdrop.trust", QtInfoMsg)
Q_LOGGING_CATEGORY(lcNet, "sockdrop.net", QtInfoMsg)
Q_LOGGING_CATEGORY(lcReceive, "sockdrop.receive", QtInfoMsg)
Q_LOGGING_CATEGORY(lcSend, "sockdrop.send", QtInfoMsg)
Q_LOGGING_CATEGORY(lcStore, "sockdrop.store", QtInfoMsg)
Q_LOGGING_CATEGORY(lcUi, "sockdrop.ui", QtInfoMsg)

} // namespace sockdrop
