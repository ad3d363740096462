#pragma once

#include <QWidget>

namespace sockdrop {

/// What stands in a page before anything ever happened in it: a picture, one sentence, one button.
class EmptyState final : public QWidget
{
    Q_OBJECT

public:
    EmptyState(const QString& sentence, const QString& button, QWidget* parent = nullptr);

Q_SIGNALS:
    void clicked();
};

} // namespace sockdrop
