#include "datasize.h"

#include <QLocale>

namespace sockdrop {

QString dataSize(qint64 bytes)
{
    return QLocale::c().formattedDataSize(bytes, 1, QLocale::DataSizeSIFormat);
}

} // namespace sockdrop
