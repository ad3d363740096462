#pragma once

namespace sockdrop {

/// From now on what Qt and the engine's threads say on standard error is dropped where nobody reads it: they
/// must not wait for that.
void dropUnreadMessages();

} // namespace sockdrop
