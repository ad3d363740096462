#pragma once

#include "programlimits.h"
#include "uploadrequest.h"

#include <chrono>
#include <map>
#include <memory>

namespace sockdrop {

class LandingFolder;

/// Batches that were let in and are not over: their senders may come back without a question. Not
/// thread-safe: Admission's lock guards it.
class AdmittedBatches final
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    explicit AdmittedBatches(const Limits& limits) : m_limits(limits) {}

    struct Batch
    {
        RemotePeer peer;
        qint64 files = 0;
        QStringList names;
        std::shared_ptr<const LandingFolder> folder; ///< that a person chose; none: the destination
        TimePoint at;
    };

    /// The batch of a sender that was cut off; nothing for one that has become more than was admitted, or
    /// that another one names.
    [[nodiscard]] const Batch* returning(const UploadRequest& request, TimePoint now) const;
    /// Nothing for a basic upload. Over Limits::admittedBatches the oldest one goes of whom has the most.
    void add(const UploadRequest& request, std::shared_ptr<const LandingFolder> folder, TimePoint now);
    /// For Limits::partialLifetime from now it may come back.
    void lost(const HeldBatch& batch, TimePoint now);
    void remove(const HeldBatch& batch) { m_batches.erase(batch); }

private:
    void removeOne();

    const Limits m_limits;
    std::map<HeldBatch, Batch> m_batches;
};

} // namespace sockdrop
