#include "batchmessages.h"
#include "jsonvalues.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <xxhash.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

Error badMessage(const QString& what)
{
    return {ErrorCode::ProtocolError, u"A control message is not as it must be: %1."_s.arg(what)};
}

/// Reads the fields of one object; the first one that is not as it must be is remembered, and what is read
/// then means nothing.
class Fields final
{
public:
    Fields(const QJsonObject& object, const Limits& limits) : m_object(object), m_limits(limits) {}

    [[nodiscard]] bool isOk() const { return m_isOk; }

    qint64 number(QLatin1StringView name, qint64 least, std::optional<qint64> otherwise = std::nullopt)
    {
        const QJsonValue value = m_object.value(name);
        if (value.isUndefined() && otherwise)
            return *otherwise;
        const std::optional<qint64> number = wholeNumber(value);
        m_isOk = m_isOk && number && *number >= least;
        return number.value_or(0);
    }

    FileNumber file(QLatin1StringView name = "file"_L1)
    {
        const qint64 value = number(name, 1);
        m_isOk = m_isOk && value <= std::numeric_limits<FileNumber>::max();
        return static_cast<FileNumber>(value);
    }

    /// Cut where it is too long.
    QString text(QLatin1StringView name, bool isNeeded = true)
    {
        return shortened(string(name, isNeeded), m_limits.textCharacters);
    }

    /// One that is too long stays so, and is refused as such; but not all of it is kept.
    QString path(QLatin1StringView name = "path"_L1)
    {
        return firstCharacters(string(name, true), m_limits.pathBytes + 2);
    }

    bool flag(QLatin1StringView name) const { return m_object.value(name).toBool(); }

    Error error() { return {codeFromName(text("code"_L1)), text("text"_L1)}; }

    Hash128 hash(QLatin1StringView name)
    {
        const std::optional<Hash128> hash = Hash128::fromHex(text(name).toLatin1());
        m_isOk = m_isOk && hash;
        return hash.value_or(Hash128());
    }

    /// Each object of an array; `read` makes an item of its Fields. Absent is empty.
    template <typename Item, typename Read>
    QList<Item> list(QLatin1StringView name, int most, Read read)
    {
        QList<Item> items;
        const QJsonValue value = m_object.value(name);
        const QJsonArray array = value.toArray();
        m_isOk = m_isOk && (value.isArray() || value.isUndefined()) && array.size() <= most;
        items.reserve(m_isOk ? array.size() : 0);
        for (qsizetype i = 0; i < array.size() && m_isOk; ++i) {
            Fields fields(array.at(i).toObject(), m_limits);
            items.append(read(fields));
            m_isOk = fields.isOk();
        }
        return items;
    }

private:
    QString string(QLatin1StringView name, bool isNeeded)
    {
        const QJsonValue value = m_object.value(name);
        m_isOk = m_isOk && (value.isString() || (!isNeeded && value.isUndefined()));
        return value.toString();
    }

    const QJsonObject m_object;
    const Limits& m_limits;
    bool m_isOk = true;
};

/// Something that only its sender understands; none where it is too long: cut short, two could be the same.
QString readMark(Fields& fields, QLatin1StringView name)
{
    constexpr qsizetype mostCharacters = 64;
    const QString mark = fields.text(name, false);
    return mark.size() <= mostCharacters ? mark : QString();
}

/// Nothing where they are not told, or impossible: without them the time is right all the same.
std::optional<qint32> readNanoseconds(Fields& fields)
{
    constexpr qint64 most = 999'999;
    const qint64 nanoseconds = fields.number("mtimeNs"_L1, std::numeric_limits<qint64>::min(), -1);
    return nanoseconds >= 0 && nanoseconds <= most ? std::optional(static_cast<qint32>(nanoseconds))
                                                   : std::nullopt;
}

FolderTime readFolderTime(Fields& fields)
{
    FolderTime folder;
    folder.path = fields.path();
    folder.modified.milliseconds = fields.number("mtime"_L1, std::numeric_limits<qint64>::min());
    folder.modified.nanoseconds = readNanoseconds(fields);
    return folder;
}

AnnouncedFile readAnnouncedFile(Fields& fields)
{
    AnnouncedFile file;
    file.path = fields.path();
    file.isFolder = fields.flag("folder"_L1);
    file.size = file.isFolder ? 0 : fields.number("size"_L1, 0);
    file.modifiedAt = fields.number("mtime"_L1, std::numeric_limits<qint64>::min());
    file.isExecutable = fields.flag("executable"_L1);
    file.source = readMark(fields, "source"_L1);
    file.version = readMark(fields, "version"_L1);
    file.mode = static_cast<quint16>(fields.number("mode"_L1, 0, AnnouncedFile::allPermissions) &
                                     AnnouncedFile::allPermissions);
    file.space = fields.number("space"_L1, 0, -1);
    file.nanoseconds = readNanoseconds(fields);
    return file;
}

Announce readAnnounce(Fields& fields, const Limits& limits)
{
    Announce announce;
    announce.first = fields.file("first"_L1);
    announce.files = fields.list<AnnouncedFile>("files"_L1, limits.openFiles, readAnnouncedFile);
    announce.folders = fields.list<FolderTime>("folders"_L1, limits.openFiles, readFolderTime);
    return announce;
}

Plan::Want readWant(Fields& fields)
{
    Plan::Want want;
    want.file = fields.file();
    want.offset = fields.number("offset"_L1, 0, 0);
    if (want.offset > 0)
        want.digest = fields.hash("digest"_L1);
    want.isRestarted = fields.flag("restarted"_L1);
    return want;
}

Plan readPlan(Fields& fields, const Limits& limits)
{
    Plan plan;
    plan.want = fields.list<Plan::Want>("want"_L1, limits.openFiles, readWant);
    plan.skip = fields.list<Plan::Skip>("skip"_L1, limits.openFiles, [](Fields& skip) {
        return Plan::Skip{skip.file(), skip.path()};
    });
    plan.check = fields.list<Plan::Check>("check"_L1, limits.openFiles, [&limits](Fields& check) {
        return Plan::Check{check.file(), check.text("digest"_L1),
                           check.list<QString>("others"_L1, limits.openFiles,
                                               [](Fields& other) { return other.text("digest"_L1); }),
                           check.text("path"_L1, false)};
    });
    return plan;
}

Landed readLanded(Fields& fields, const Limits& limits)
{
    return {fields.list<Landed::File>("files"_L1, limits.openFiles, [](Fields& landed) {
        return Landed::File{landed.file(), landed.path(), landed.text("digest"_L1, false),
                            landed.text("note"_L1, false), landed.flag("same"_L1)};
    })};
}

std::optional<BatchMessage> readFromSender(const QString& type, Fields& fields, const Limits& limits)
{
    if (type == "announce"_L1)
        return readAnnounce(fields, limits);
    if (type == "same"_L1)
        return Same{fields.list<Same::File>("files"_L1, limits.openFiles, [](Fields& file) {
            return Same::File{file.file(), file.text("digest"_L1, false)};
        })};
    if (type == "drop"_L1)
        return Drop{fields.file(), fields.error()};
    if (type == "end"_L1)
        return End();
    return std::nullopt;
}

std::optional<BatchMessage> readFromReceiver(const QString& type, Fields& fields, const Limits& limits)
{
    if (type == "plan"_L1)
        return readPlan(fields, limits);
    if (type == "ack"_L1)
        return Ack{fields.number("bytes"_L1, 0), fields.number("credit"_L1, 0)};
    if (type == "again"_L1)
        return Again{fields.file(), fields.number("offset"_L1, 0)};
    if (type == "landed"_L1)
        return readLanded(fields, limits);
    if (type == "failed"_L1)
        return Failed{fields.file(), fields.error()};
    if (type == "receipt"_L1)
        return BatchReceipt{fields.number("landed"_L1, 0), fields.number("skipped"_L1, 0),
                            fields.number("failed"_L1, 0)};
    return std::nullopt;
}

std::optional<BatchMessage> readFromEither(const QString& type, Fields& fields)
{
    if (type == "pause"_L1)
        return Pause{fields.text("reason"_L1, false)};
    if (type == "resume"_L1)
        return Resume();
    if (type == "cancel"_L1)
        return Cancel{fields.error(), fields.flag("keep"_L1)};
    return std::nullopt;
}

bool isIntact(QByteArrayView text, QByteArrayView json)
{
    const QByteArray checksum =
        QByteArray::number(quint64{XXH3_64bits(json.data(), static_cast<size_t>(json.size()))}, 16);
    return text.first(text.size() - json.size() - 1) == checksum.rightJustified(16, '0');
}

} // namespace

Result<BatchMessage> decodeMessage(QByteArrayView text, const Limits& limits)
{
    constexpr qsizetype prefix = 17;
    if (text.size() > limits.batchMessageBytes)
        return badMessage(u"it is too long"_s);
    if (text.size() < prefix || text[prefix - 1] != ' ' || !isIntact(text, text.sliced(prefix)))
        return Error{ErrorCode::ProtocolError, u"A control message was damaged on the way."_s};
    const QByteArrayView json = text.sliced(prefix);
    QJsonParseError problem;
    const QJsonObject object =
        QJsonDocument::fromJson(QByteArray::fromRawData(json.data(), json.size()), &problem).object();
    if (problem.error != QJsonParseError::NoError)
        return badMessage(problem.errorString());

    const QString type = object["type"_L1].toString();
    Fields fields(object, limits);
    std::optional<BatchMessage> message = readFromSender(type, fields, limits);
    if (!message)
        message = readFromReceiver(type, fields, limits);
    if (!message)
        message = readFromEither(type, fields);
    constexpr qsizetype shownCharacters = 40;
    if (!message)
        return badMessage(u"its type “%1” is unknown"_s.arg(firstCharacters(type, shownCharacters)));
    if (!fields.isOk())
        return badMessage(u"a field of “%1” is missing or out of range"_s.arg(type));
    return *std::move(message);
}

} // namespace sockdrop
