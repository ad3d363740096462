#pragma once

#include "admission.h"
#include "batchsessions.h"
#include "refusallog.h"
#include "serviceinfo.h"
#include "tokenstore.h"
#include "uploadboard.h"

#include <QMutex>

#include <memory>
#include <optional>
#include <set>

namespace sockdrop {

/// What the handlers of all engine threads share. Thread-safe.
class ReceiveContext final
{
public:
    struct Destination
    {
        std::shared_ptr<const LandingFolder> folder;
        ConflictPolicy conflict = ConflictPolicy::Rename;
    };

    ReceiveContext(const BatchSessionOptions& options, const AdmissionOptions& admission, UploadBoard& board,
                   ServiceInfo service, Destination destination, int mostUploads);

    [[nodiscard]] const Limits& limits() const { return m_limits; }
    [[nodiscard]] BatchSessions& batches() { return m_batches; }
    [[nodiscard]] const ServiceInfo& service() const { return m_service; }
    [[nodiscard]] TokenStore& tokens() { return m_tokens; }
    [[nodiscard]] UploadBoard& board() { return m_board; }
    [[nodiscard]] Admission& admission() { return m_admission; }
    [[nodiscard]] RefusalLog& refusals() { return m_refusals; }

    /// Whether one more upload would be let in, and lets it in. A batch that comes back is in already;
    /// `batch` is of a native one only.
    [[nodiscard]] bool mayAdmit(const std::optional<HeldBatch>& batch) const;
    [[nodiscard]] bool admit(const std::optional<HeldBatch>& batch);

    [[nodiscard]] Destination destination() const;
    void setDestination(const Destination& destination);

private:
    const Limits m_limits;
    UploadBoard& m_board;
    const ServiceInfo m_service;
    const int m_mostUploads;
    TokenStore m_tokens;
    mutable QMutex m_mutex;
    Destination m_destination;
    int m_admitted = 0;
    std::set<HeldBatch> m_admittedBatches;
    RefusalLog m_refusals;
    Admission m_admission;
    BatchSessions m_batches;
};

} // namespace sockdrop
