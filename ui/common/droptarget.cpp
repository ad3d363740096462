#include "droptarget.h"

#include "format.h"
#include "icons.h"

#include <QDropEvent>
#include <QMimeData>
#include <QPainter>
#include <QSysInfo>
#include <QUrl>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// Absolute path of a file URL of this machine, else empty. Some programs name the machine in it.
QString pathOf(const QUrl& url)
{
    const QString host = url.host();
    const bool isHere = host.isEmpty() || host == "localhost"_L1 ||
                        host.compare(QSysInfo::machineHostName(), Qt::CaseInsensitive) == 0;
    if (url.scheme() != "file"_L1 || !isHere)
        return {};
    const QString path = url.path(QUrl::FullyDecoded);
    return path.startsWith(u'/') && !path.contains(QChar::Null) ? path : QString();
}

std::optional<Qt::DropAction> actionFor(Qt::DropActions possible)
{
    // Never a move: that would let the other program delete what it dragged.
    if (possible.testFlag(Qt::CopyAction))
        return Qt::CopyAction;
    if (possible.testFlag(Qt::LinkAction))
        return Qt::LinkAction;
    return std::nullopt;
}

} // namespace

QString itemsText(qsizetype count)
{
    return count == 1 ? DropTarget::tr("1 item") : DropTarget::tr("%1 items").arg(count);
}

QString leftOutText(int count)
{
    return count == 1 ? DropTarget::tr("1 item was skipped because it is not a file on this computer.")
                      : DropTarget::tr("%1 items were skipped because they are not files on this computer.")
                            .arg(count);
}

Result<OfferedPaths> readOffer(const QMimeData& data)
{
    const auto refusal = [](const QString& text) { return Error{ErrorCode::Unsupported, text}; };
    if (!data.hasUrls())
        return refusal(DropTarget::tr("Only files and folders can be sent."));
    OfferedPaths offer;
    const QList<QUrl> urls = data.urls();
    for (const QUrl& url : urls) {
        const QString path = pathOf(url);
        if (path.isEmpty())
            ++offer.leftOut;
        else
            offer.paths << path;
    }
    offer.paths.removeDuplicates();
    if (!offer.paths.isEmpty())
        return offer;
    if (urls.isEmpty())
        return refusal(DropTarget::tr("Only files and folders can be sent."));
    return refusal(DropTarget::tr("“%1” is not a file on this computer. Save it here first, then send it.")
                       .arg(singleLine(urls.front().toDisplayString())));
}

DropOverlay::DropOverlay(QWidget* parent) : QWidget(parent)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void DropOverlay::showOffer(const QString& title, const QStringList& texts)
{
    present(title, texts, false);
}

void DropOverlay::showRefusal(const QString& title, const QString& reason)
{
    present(title, {reason}, true);
}

void DropOverlay::present(const QString& title, const QStringList& texts, bool isRefusal)
{
    m_title = shortLine(title, 100);
    QStringList lines = texts;
    for (QString& line : lines)
        line = shortLine(line, 300);
    m_text = lines.join(u'\n');
    m_isRefusal = isRefusal;
    setAccessibleName(m_title);
    setAccessibleDescription(m_text);
    setGeometry(parentWidget()->rect());
    raise();
    show();
    update();
}

void DropOverlay::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(rect(), palette().color(QPalette::Base));

    const QColor color = m_isRefusal ? errorColor(palette()) : accentColor(palette());
    const int line = fontMetrics().height();
    const QRect frame = rect().adjusted(line, line, -line, -line);
    painter.setPen(QPen(color, std::max(2, line / 8), Qt::DashLine));
    painter.drawRoundedRect(frame, line, line);

    QFont titleFont = font();
    titleFont.setPointSizeF(titleFont.pointSizeF() * 1.5);
    titleFont.setWeight(QFont::DemiBold);
    const QRect inner = frame.adjusted(line, line, -line, -line);
    const int wrap = Qt::AlignHCenter | Qt::TextWordWrap;
    const QRect titleSize = QFontMetrics(titleFont).boundingRect(inner, wrap, m_title);
    const QRect textSize = fontMetrics().boundingRect(inner, wrap, m_text);
    const int symbolSide = line * 4;
    const int height = symbolSide + line + titleSize.height() + line / 2 + textSize.height();

    QRect place(inner.left(), inner.center().y() - height / 2, inner.width(), symbolSide);
    paintSymbol(painter, place, m_isRefusal ? u"cancelled"_s : u"send"_s, color);
    painter.setPen(palette().color(QPalette::Text));
    painter.setFont(titleFont);
    place = QRect(inner.left(), place.bottom() + line, inner.width(), titleSize.height());
    painter.drawText(place, wrap, m_title);
    painter.setFont(font());
    painter.setPen(mutedColor(palette()));
    place = QRect(inner.left(), place.bottom() + line / 2, inner.width(), textSize.height());
    painter.drawText(place, wrap, m_text);
}

DropTarget::DropTarget(QWidget& window) : QObject(&window), m_window(window), m_overlay(&window)
{
    window.setAcceptDrops(true);
    window.installEventFilter(this);
    m_staleTimer.setSingleShot(true);
    m_staleTimer.setInterval(2s);
    connect(&m_staleTimer, &QTimer::timeout, &m_overlay, &QWidget::hide);
}

bool DropTarget::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != &m_window)
        return false;
    switch (event->type()) {
    case QEvent::DragEnter:
        enter(*static_cast<QDropEvent*>(event));
        return true;
    case QEvent::DragMove:
        greet(*static_cast<QDropEvent*>(event));
        return true;
    case QEvent::DragLeave:
        m_offer.reset();
        m_overlay.hide();
        return true;
    case QEvent::Drop:
        take(*static_cast<QDropEvent*>(event));
        return true;
    case QEvent::Resize:
        m_overlay.setGeometry(m_window.rect());
        return false;
    default:
        return false;
    }
}

void DropTarget::enter(QDropEvent& event)
{
    m_offer.reset();
    if (!event.source()) // else our own rows, on their way out of the window
        m_offer = readOffer(*event.mimeData());
    greet(event);
}

void DropTarget::greet(QDropEvent& event)
{
    event.ignore();
    if (!m_offer)
        return;
    const auto action = actionFor(event.possibleActions());
    if (!*m_offer)
        return refuse(event, m_offer->error().text);
    if (!action)
        return refuse(event,
                      tr("The other program only lets go of its files by moving them; Sockdrop copies."));
    m_staleTimer.stop();
    showOffer(m_offer->value());
    event.setDropAction(*action);
    event.accept();
}

void DropTarget::showOffer(const OfferedPaths& offer)
{
    const QString items = itemsText(offer.paths.size());
    QStringList texts{m_peer.isEmpty() ? tr("Drop now, choose the device next.")
                                       : tr("Drop to send a copy.")};
    if (offer.leftOut > 0)
        texts << leftOutText(offer.leftOut);
    m_overlay.showOffer(m_peer.isEmpty() ? tr("Send %1").arg(items) : tr("Send %1 to %2").arg(items, m_peer),
                        texts);
}

void DropTarget::refuse(QDropEvent& event, const QString& reason)
{
    event.ignore();
    m_overlay.showRefusal(tr("This cannot be sent"), reason);
    m_staleTimer.start();
}

void DropTarget::take(QDropEvent& event)
{
    m_staleTimer.stop();
    m_overlay.hide();
    m_offer.reset();
    const auto offer = readOffer(*event.mimeData());
    const auto action = actionFor(event.possibleActions());
    event.ignore();
    if (event.source() || !offer || !action)
        return;
    event.setDropAction(*action);
    event.accept();
    Q_EMIT dropped(offer->paths, offer->leftOut);
}

} // namespace sockdrop
