#include "filedigest.h"

#include <QByteArray>

#include <xxhash.h>

namespace sockdrop {

struct FileDigest::State
{
    XXH3_state_t* xxh = XXH3_createState();

    State() { XXH3_128bits_reset(xxh); }
    ~State() { XXH3_freeState(xxh); }
    Q_DISABLE_COPY_MOVE(State)
};

FileDigest::FileDigest() : m_state(std::make_unique<State>()) {}
FileDigest::~FileDigest() = default;
FileDigest::FileDigest(FileDigest&&) noexcept = default;
FileDigest& FileDigest::operator=(FileDigest&&) noexcept = default;

void FileDigest::add(QByteArrayView bytes)
{
    XXH3_128bits_update(m_state->xxh, bytes.data(), static_cast<size_t>(bytes.size()));
}

QString FileDigest::text() const
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(m_state->xxh));
    const QByteArrayView bytes(canonical.digest, sizeof canonical.digest);
    return QLatin1StringView("xxh3-128:") + QLatin1StringView(bytes.toByteArray().toHex());
}

} // namespace sockdrop
