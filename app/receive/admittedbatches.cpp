#include "admittedbatches.h"

#include <QHash>

#include <algorithm>
#include <utility>

namespace sockdrop {

const AdmittedBatches::Batch* AdmittedBatches::returning(const UploadRequest& request, TimePoint now) const
{
    const auto found = m_batches.find(request.heldBatch());
    if (request.batch.isEmpty() || found == m_batches.end())
        return nullptr;
    const Batch& batch = found->second;
    const bool isSame = isSamePeer(batch.peer, request.peer) && request.files <= batch.files &&
                        request.names == batch.names && now - batch.at < m_limits.partialLifetime;
    return isSame ? &batch : nullptr;
}

void AdmittedBatches::add(const UploadRequest& request, std::shared_ptr<const LandingFolder> folder,
                          TimePoint now)
{
    if (request.batch.isEmpty())
        return;
    const HeldBatch batch = request.heldBatch();
    if (std::ssize(m_batches) >= m_limits.admittedBatches && !m_batches.contains(batch))
        removeOne();
    m_batches.insert_or_assign(batch,
                               Batch{request.peer, request.files, request.names, std::move(folder), now});
}

void AdmittedBatches::lost(const HeldBatch& batch, TimePoint now)
{
    if (const auto found = m_batches.find(batch); found != m_batches.end())
        found->second.at = now;
}

/// So nobody gets rid of the batches of others by beginning many.
void AdmittedBatches::removeOne()
{
    QHash<QHostAddress, int> counts;
    for (const auto& [id, batch] : m_batches)
        ++counts[countedAddress(batch.peer.address)];
    // Who has more goes first, then who is older.
    const auto isBefore = [&counts](const auto& one, const auto& other) {
        const int more = counts.value(countedAddress(one.second.peer.address));
        const int less = counts.value(countedAddress(other.second.peer.address));
        return more != less ? more > less : one.second.at < other.second.at;
    };
    m_batches.erase(std::min_element(m_batches.cbegin(), m_batches.cend(), isBefore));
}

} // namespace sockdrop
