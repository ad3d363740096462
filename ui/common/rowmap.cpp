#include "rowmap.h"

#include <algorithm>

namespace sockdrop {

namespace {

/// The last of the sorted open uploads for which `isUpTo` holds; none: nullptr.
template <typename List, typename IsUpTo>
auto lastWith(List& list, IsUpTo isUpTo) -> decltype(list.data())
{
    const auto after = std::partition_point(list.begin(), list.end(), isUpTo);
    return after == list.begin() ? nullptr : &*std::prev(after);
}

} // namespace

void RowMap::setUploads(int count)
{
    m_uploads = count;
    std::erase_if(m_open, [count](const Open& open) { return open.upload >= count; });
}

void RowMap::setFiles(int upload, int count)
{
    const auto place = std::partition_point(m_open.begin(), m_open.end(),
                                            [upload](const Open& open) { return open.upload < upload; });
    const bool isKnown = place != m_open.end() && place->upload == upload;
    const int more = count - (isKnown ? place->files : 0);
    const int row = rowOf(upload);
    auto next = place;
    if (isKnown && count == 0)
        next = m_open.erase(place);
    else if (isKnown)
        (next++)->files = count;
    else if (count > 0)
        next = std::next(m_open.insert(place, Open{upload, row, count}));
    for (; next != m_open.end(); ++next)
        next->row += more;
}

int RowMap::rows() const
{
    return m_open.empty() ? m_uploads : rowOf(m_uploads);
}

int RowMap::files(int upload) const
{
    const Open* open = lastWith(m_open, [upload](const Open& other) { return other.upload <= upload; });
    return open && open->upload == upload ? open->files : 0;
}

RowMap::Place RowMap::at(int row) const
{
    const Open* open = lastWith(m_open, [row](const Open& other) { return other.row < row; });
    if (!open)
        return {row, -1};
    const int below = row - open->row;
    return below <= open->files ? Place{open->upload, below - 1}
                                : Place{open->upload + below - open->files, -1};
}

int RowMap::rowOf(int upload) const
{
    const Open* open = lastWith(m_open, [upload](const Open& other) { return other.upload < upload; });
    return open ? open->row + open->files + upload - open->upload : upload;
}

int RowMap::filesAbove(int row) const
{
    const Open* open = lastWith(m_open, [row](const Open& other) { return other.row < row; });
    return open ? open->row - open->upload + std::min(open->files, row - open->row - 1) : 0;
}

int RowMap::heightOf(int row, Heights heights) const
{
    return isFile(row) ? heights.file : heights.upload;
}

int RowMap::top(int row, Heights heights) const
{
    const int files = filesAbove(row);
    return (row - files) * heights.upload + files * heights.file;
}

int RowMap::rowAt(int y, Heights heights) const
{
    const Open* open =
        lastWith(m_open, [this, y, heights](const Open& other) { return top(other.row, heights) <= y; });
    int row = 0;
    int rest = y;
    if (open) {
        rest -= top(open->row, heights);
        if (rest < heights.upload)
            return open->row;
        rest -= heights.upload;
        if (rest < open->files * heights.file)
            return open->row + 1 + rest / heights.file;
        rest -= open->files * heights.file;
        row = open->row + 1 + open->files;
    }
    return std::min(rows(), row + rest / heights.upload);
}

} // namespace sockdrop
