#include "textsign.h"

#include <QHash>

namespace sockdrop {

using namespace Qt::StringLiterals;

QString textSign(const QString& symbol)
{
    static const QHash<QString, QString> signs{
        {u"add-file"_s, u"+"_s},       {u"add-folder"_s, u"+"_s},   {u"cancel"_s, u"×"_s},
        {u"cancelled"_s, u"×"_s},      {u"clear"_s, u"−"_s},        {u"collapse"_s, u"▾"_s},
        {u"copy"_s, u"="_s},           {u"done"_s, u"✓"_s},         {u"error"_s, u"!"_s},
        {u"expand"_s, u"▸"_s},         {u"failed-files"_s, u"!"_s}, {u"information"_s, u"i"_s},
        {u"known-devices"_s, u"◆"_s},  {u"log"_s, u"≡"_s},          {u"not-confirmed"_s, u"?"_s},
        {u"not-encrypted"_s, u"!"_s},  {u"open"_s, u"→"_s},         {u"paste"_s, u"+"_s},
        {u"pause"_s, u"‖"_s},          {u"paused"_s, u"‖"_s},       {u"power"_s, u"○"_s},
        {u"receive"_s, u"↓"_s},        {u"reconnecting"_s, u"~"_s}, {u"resume"_s, u"▶"_s},
        {u"retry"_s, u"↺"_s},          {u"search"_s, u"…"_s},       {u"send"_s, u"↑"_s},
        {u"show-in-folder"_s, u"▤"_s}, {u"skipped"_s, u"="_s},      {u"trash"_s, u"−"_s},
        {u"verifying"_s, u"…"_s},      {u"waiting"_s, u"…"_s},      {u"warning"_s, u"!"_s},
    };
    return signs.value(symbol, u"▪"_s); // kinds of files: their names say the same
}

} // namespace sockdrop
