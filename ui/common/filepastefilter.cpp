#include "filepastefilter.h"

#include "droptarget.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QLineEdit>

namespace sockdrop {

FilePasteFilter::FilePasteFilter(QLineEdit& field) : QObject(&field)
{
    field.installEventFilter(this);
    // Boxes with a field in them hand the event down to it.
    if (QWidget* box = field.parentWidget())
        box->installEventFilter(this);
}

bool FilePasteFilter::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::ShortcutOverride ||
        !static_cast<QKeyEvent*>(event)->matches(QKeySequence::Paste))
        return QObject::eventFilter(watched, event);
    const QMimeData* data = QGuiApplication::clipboard()->mimeData();
    if (!data || !readOffer(*data))
        return false;
    event->ignore(); // so it becomes the shortcut it is elsewhere
    return true;
}

} // namespace sockdrop
