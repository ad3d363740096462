#include "batchmessages.h"

#include "jsonvalues.h"

#include <xxhash.h>

namespace sockdrop {

namespace {

// Written by hand: there is one entry for each of maybe a million files, and QJsonDocument takes several
// times as long to make what this does.

/// {"type":"NAME"
QByteArray begin(const char* type)
{
    QByteArray json = "{\"type\":\"";
    json += type;
    json += '"';
    return json;
}

void addNumber(QByteArray& json, const char* name, qint64 value)
{
    json += ",\"";
    json += name;
    json += "\":";
    json += QByteArray::number(value);
}

void addString(QByteArray& json, const char* name, const QString& value)
{
    json += ",\"";
    json += name;
    json += "\":";
    appendJsonString(json, value);
}

void addFlag(QByteArray& json, const char* name, bool value)
{
    if (!value)
        return;
    json += ",\"";
    json += name;
    json += "\":true";
}

void addNanoseconds(QByteArray& json, std::optional<qint32> nanoseconds)
{
    if (nanoseconds)
        addNumber(json, "mtimeNs", *nanoseconds);
}

void addError(QByteArray& json, const Error& error)
{
    addString(json, "code", codeName(error.code));
    addString(json, "text", error.text);
}

/// ,"NAME":[{…},{…}]; nothing for an empty list. `addFields` writes each field with a comma before it.
template <typename List, typename AddFields>
void addList(QByteArray& json, const char* name, const List& list, AddFields addFields)
{
    if (list.isEmpty())
        return;
    json += ",\"";
    json += name;
    json += "\":[";
    for (const auto& item : list) {
        const qsizetype at = json.size();
        addFields(json, item);
        json[at] = '{'; // in place of the first comma
        json += "},";
    }
    json.back() = ']';
}

struct Encoder
{
    QByteArray operator()(const Announce& message) const
    {
        QByteArray json = begin("announce");
        addNumber(json, "first", message.first);
        addList(json, "files", message.files, [](QByteArray& to, const AnnouncedFile& file) {
            addString(to, "path", file.path);
            if (!file.isFolder)
                addNumber(to, "size", file.size);
            addNumber(to, "mtime", file.modifiedAt);
            addFlag(to, "folder", file.isFolder);
            addFlag(to, "executable", file.isExecutable);
            if (!file.source.isEmpty())
                addString(to, "source", file.source);
            if (!file.version.isEmpty())
                addString(to, "version", file.version);
            if (file.mode != AnnouncedFile::allPermissions)
                addNumber(to, "mode", file.mode);
            if (file.space >= 0)
                addNumber(to, "space", file.space);
            addNanoseconds(to, file.nanoseconds);
        });
        addList(json, "folders", message.folders, [](QByteArray& to, const FolderTime& folder) {
            addString(to, "path", folder.path);
            addNumber(to, "mtime", folder.modified.milliseconds);
            addNanoseconds(to, folder.modified.nanoseconds);
        });
        return json;
    }
    QByteArray operator()(const Same& message) const
    {
        QByteArray json = begin("same");
        addList(json, "files", message.files, [](QByteArray& to, const Same::File& file) {
            addNumber(to, "file", file.file);
            if (!file.digest.isEmpty())
                addString(to, "digest", file.digest);
        });
        return json;
    }
    QByteArray operator()(const Drop& message) const
    {
        QByteArray json = begin("drop");
        addNumber(json, "file", message.file);
        addError(json, message.error);
        return json;
    }
    QByteArray operator()(const End&) const { return begin("end"); }
    QByteArray operator()(const Plan& message) const
    {
        QByteArray json = begin("plan");
        addList(json, "want", message.want, [](QByteArray& to, const Plan::Want& want) {
            addNumber(to, "file", want.file);
            if (want.offset > 0) {
                addNumber(to, "offset", want.offset);
                addString(to, "digest", QString::fromLatin1(want.digest.toHex()));
            }
            addFlag(to, "restarted", want.isRestarted);
        });
        addList(json, "skip", message.skip, [](QByteArray& to, const Plan::Skip& skip) {
            addNumber(to, "file", skip.file);
            addString(to, "path", skip.path);
        });
        addList(json, "check", message.check, [](QByteArray& to, const Plan::Check& check) {
            addNumber(to, "file", check.file);
            addString(to, "digest", check.digest);
            if (!check.path.isEmpty())
                addString(to, "path", check.path);
            addList(to, "others", check.others,
                    [](QByteArray& other, const QString& digest) { addString(other, "digest", digest); });
        });
        return json;
    }
    QByteArray operator()(const Ack& message) const
    {
        QByteArray json = begin("ack");
        addNumber(json, "bytes", message.bytes);
        addNumber(json, "credit", message.credit);
        return json;
    }
    QByteArray operator()(const Again& message) const
    {
        QByteArray json = begin("again");
        addNumber(json, "file", message.file);
        addNumber(json, "offset", message.offset);
        return json;
    }
    QByteArray operator()(const Landed& message) const
    {
        QByteArray json = begin("landed");
        addList(json, "files", message.files, [](QByteArray& to, const Landed::File& file) {
            addNumber(to, "file", file.file);
            addString(to, "path", file.path);
            if (!file.digest.isEmpty())
                addString(to, "digest", file.digest);
            if (!file.note.isEmpty())
                addString(to, "note", file.note);
            addFlag(to, "same", file.wasThere);
        });
        return json;
    }
    QByteArray operator()(const Failed& message) const
    {
        QByteArray json = begin("failed");
        addNumber(json, "file", message.file);
        addError(json, message.error);
        return json;
    }
    QByteArray operator()(const BatchReceipt& message) const
    {
        QByteArray json = begin("receipt");
        addNumber(json, "landed", message.landed);
        addNumber(json, "skipped", message.skipped);
        addNumber(json, "failed", message.failed);
        return json;
    }
    QByteArray operator()(const Pause& message) const
    {
        QByteArray json = begin("pause");
        addString(json, "reason", message.reason);
        return json;
    }
    QByteArray operator()(const Resume&) const { return begin("resume"); }
    QByteArray operator()(const Cancel& message) const
    {
        QByteArray json = begin("cancel");
        addError(json, message.error);
        addFlag(json, "keep", message.isKept);
        return json;
    }
};

} // namespace

QByteArray encodeMessage(const BatchMessage& message)
{
    constexpr qsizetype digits = 16;
    QByteArray json = std::visit(Encoder(), message);
    json += '}';
    const quint64 checksum = XXH3_64bits(json.constData(), static_cast<size_t>(json.size()));
    return QByteArray::number(checksum, 16).rightJustified(digits, '0') + ' ' + json;
}

} // namespace sockdrop
