#include "options.h"

#include "messages.h"

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;

Error usageError(const QString& text)
{
    return {ErrorCode::InvalidArgument, text};
}

Result<Options> splitOptions(const QStringList& arguments, std::span<const OptionSpec> known)
{
    Options options;
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        const QString& argument = arguments.at(i);
        if (argument == "--"_L1) {
            options.operands += arguments.sliced(i + 1);
            break;
        }
        if (!argument.startsWith(u'-') || argument == "-"_L1) {
            options.operands += argument;
            continue;
        }
        const qsizetype equals = argument.indexOf(u'=');
        const QString typed = argument.left(equals);
        const auto spec = std::ranges::find_if(
            known, [&typed](const OptionSpec& option) { return typed == "--"_L1 + option.name; });
        if (spec == known.end())
            return usageError(Cli::tr("There is no option %1.").arg(typed));
        if (options.isSet(spec->name))
            return usageError(Cli::tr("%1 is given twice.").arg(typed));
        if (!spec->takesValue && equals >= 0)
            return usageError(Cli::tr("%1 takes no value.").arg(typed));

        QString value;
        if (equals >= 0)
            value = argument.sliced(equals + 1);
        else if (spec->takesValue && i + 1 < arguments.size() && !arguments.at(i + 1).startsWith("--"_L1))
            value = arguments.at(++i);
        if (spec->takesValue && value.isEmpty())
            return usageError(Cli::tr("%1 needs a value.").arg(typed));
        options.values.insert(spec->name, value);
    }
    return options;
}

} // namespace sockdrop
