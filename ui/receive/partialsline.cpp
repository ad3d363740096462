#include "partialsline.h"

#include "format.h"
#include "partialsdialog.h"
#include "symbollabel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

struct Sum
{
    qsizetype count = 0;
    qint64 bytes = 0;
    QDateTime until; ///< the first of them goes then

    void add(const PartialFile& partial)
    {
        ++count;
        bytes += std::max<qint64>(0, partial.bytesDone);
        if (!until.isValid() || partial.expiresAt < until)
            until = partial.expiresAt;
    }

    [[nodiscard]] QString uploads() const
    {
        return count == 1
                   ? PartialsLine::tr("1 unfinished upload (%1)").arg(bytesText(bytes))
                   : PartialsLine::tr("%1 unfinished uploads (%2)").arg(countText(count), bytesText(bytes));
    }
};

} // namespace

QString partialsText(const QList<PartialFile>& partials)
{
    Sum continuable;
    Sum lost;
    for (const PartialFile& partial : partials)
        (partial.name.isEmpty() ? lost : continuable).add(partial);
    QStringList sentences;
    if (continuable.count > 0) {
        const QString until = expiryText(continuable.until);
        sentences << (continuable.count == 1
                          ? PartialsLine::tr("%1 can be continued by its sender until %2.")
                          : PartialsLine::tr("%1 can be continued by their senders until %2."))
                         .arg(continuable.uploads(), until);
    }
    if (lost.count > 0)
        sentences << PartialsLine::tr("%1 cannot be continued.").arg(lost.uploads());
    return sentences.join(u' ');
}

PartialsLine::PartialsLine(QWidget* parent)
    : QWidget(parent), m_text(new QLabel(this)), m_discard(new QPushButton(tr("Discard…"), this))
{
    const int line = fontMetrics().height();
    auto* sign = new SymbolLabel(this);
    sign->setSymbol(u"paused"_s, Tone::Neutral);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_text->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_discard->setAccessibleName(tr("Discard unfinished uploads"));
    auto* box = new QHBoxLayout(this);
    box->setContentsMargins({});
    box->setSpacing(line / 2);
    box->addWidget(sign);
    box->addWidget(m_text, 1);
    box->addWidget(m_discard);
    connect(m_discard, &QPushButton::clicked, this, &PartialsLine::ask);
    hide();
}

void PartialsLine::showPartials(const QList<PartialFile>& partials)
{
    m_partials = partials;
    m_text->setText(partialsText(partials));
    setVisible(!partials.isEmpty());
}

QString PartialsLine::text() const
{
    return m_text->text();
}

void PartialsLine::ask()
{
    auto* dialog = new PartialsDialog(m_partials, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        if (const QList<PartialFile> chosen = dialog->chosen(); !chosen.isEmpty())
            Q_EMIT discardRequested(chosen);
    });
    dialog->open();
}

} // namespace sockdrop
