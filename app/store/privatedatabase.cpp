#include "privatedatabase.h"

#include <QFile>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

void keepPrivate(const QString& path)
{
    constexpr mode_t ownerOnly = S_IRUSR | S_IWUSR;
    // Only a new file is ever opened here: to close one would drop the locks that this process has on it
    // (fcntl(2)).
    const int made =
        ::open(QFile::encodeName(path).constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, ownerOnly);
    if (made >= 0)
        ::close(made);
    for (const QString& suffix : {u""_s, u"-wal"_s, u"-shm"_s}) {
        const QByteArray name = QFile::encodeName(path + suffix);
        struct stat status = {};
        if (::stat(name.constData(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
            static_cast<void>(::chmod(name.constData(), status.st_mode & (S_IRWXU | S_ISVTX)));
    }
}

} // namespace sockdrop
