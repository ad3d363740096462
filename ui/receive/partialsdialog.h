#pragma once

#include "receiver.h"

#include <QDialog>

class QAbstractButton;
class QTreeWidget;

namespace sockdrop {

/// Asks which unfinished uploads shall go, with all of them chosen at first.
class PartialsDialog final : public QDialog
{
    Q_OBJECT

public:
    explicit PartialsDialog(QList<PartialFile> partials, QWidget* parent = nullptr);

    [[nodiscard]] QList<PartialFile> chosen() const;
    [[nodiscard]] QTreeWidget& list() { return *m_list; }
    [[nodiscard]] QAbstractButton& discardButton() { return *m_discard; }

private:
    void fillList();

    const QList<PartialFile> m_partials;
    QTreeWidget* m_list;
    QAbstractButton* m_discard = nullptr;
};

} // namespace sockdrop
