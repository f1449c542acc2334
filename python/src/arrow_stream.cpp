#include "python/src/arrow_stream.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

// The three structs are Arrow's C data and C stream interfaces, word for word as their ABI asks for.
// Source: Apache Arrow, "The Arrow C data interface" and "The Arrow C stream interface".
extern "C" {
struct ArrowSchema {
    const char* format;
    const char* name;
    const char* metadata;
    std::int64_t flags;
    std::int64_t n_children;
    ArrowSchema** children;
    ArrowSchema* dictionary;
    void (*release)(ArrowSchema*);
    void* private_data;
};
struct ArrowArray {
    std::int64_t length;
    std::int64_t null_count;
    std::int64_t offset;
    std::int64_t n_buffers;
    std::int64_t n_children;
    const void** buffers;
    ArrowArray** children;
    ArrowArray* dictionary;
    void (*release)(ArrowArray*);
    void* private_data;
};
struct ArrowArrayStream {
    int (*get_schema)(ArrowArrayStream*, ArrowSchema* out);
    int (*get_next)(ArrowArrayStream*, ArrowArray* out);
    const char* (*get_last_error)(ArrowArrayStream*);
    void (*release)(ArrowArrayStream*);
    void* private_data;
};
}

namespace ekssim {

namespace {

using eks::Column;
using Table = std::shared_ptr<const eks::ColumnTable>;
constexpr std::int64_t nullable = 2;

// Everything that a schema or an array points at and owns. A reader may move a child out and release it later than its
// parent, so each child has an owner of its own, and a child that was moved out has no `release` any more.
template <class Struct>
struct Owner {
    Table table;
    std::string name;
    std::array<const void*, 3> buffers{};
    std::vector<Struct> children;
    std::vector<Struct*> pointers;
};

template <class Struct>
void release(Struct* one) {
    auto* const owner = static_cast<Owner<Struct>*>(one->private_data);
    for (Struct& child : owner->children)
        if (child.release != nullptr) child.release(&child);
    one->release = nullptr;
    delete owner;
}

template <class Struct>
void adopt(Struct& one, Owner<Struct>* owner) {
    for (Struct& child : owner->children) owner->pointers.push_back(&child);
    one.n_children = static_cast<std::int64_t>(owner->children.size());
    one.children = owner->pointers.empty() ? nullptr : owner->pointers.data();
    one.release = &release<Struct>;
    one.private_data = owner;
}

const char* format_of(Column::Kind kind) {
    switch (kind) {
        case Column::Kind::text: return "u";
        case Column::Kind::integer: return "l";
        case Column::Kind::number: return "g";
        case Column::Kind::truth: break;
    }
    return "b";
}

ArrowSchema schema_of(const Column& column) {
    auto* const owner = new Owner<ArrowSchema>{nullptr, column.name(), {}, {}, {}};
    ArrowSchema schema{};
    schema.format = format_of(column.kind());
    schema.name = owner->name.c_str();
    schema.flags = nullable;
    adopt(schema, owner);
    return schema;
}

ArrowSchema schema_of(const Table& table) {
    auto* const owner = new Owner<ArrowSchema>;
    for (const Column& column : table->columns) owner->children.push_back(schema_of(column));
    ArrowSchema schema{};
    schema.format = "+s";
    schema.name = owner->name.c_str();
    adopt(schema, owner);
    return schema;
}

ArrowArray array_of(const Table& table, const Column& column) {
    auto* const owner = new Owner<ArrowArray>{table, {}, {}, {}, {}};
    owner->buffers[0] = column.nulls() > 0 ? column.validity().data() : nullptr;
    ArrowArray array{};
    array.length = column.rows();
    array.null_count = column.nulls();
    array.n_buffers = 2;
    switch (column.kind()) {
        case Column::Kind::text:
            owner->buffers[1] = column.offsets().data();
            owner->buffers[2] = column.texts().data();
            array.n_buffers = 3;
            break;
        case Column::Kind::integer: owner->buffers[1] = column.integers().data(); break;
        case Column::Kind::number: owner->buffers[1] = column.numbers().data(); break;
        case Column::Kind::truth: owner->buffers[1] = column.truths().data(); break;
    }
    array.buffers = owner->buffers.data();
    adopt(array, owner);
    return array;
}

ArrowArray array_of(const Table& table) {
    auto* const owner = new Owner<ArrowArray>{table, {}, {}, {}, {}};
    for (const Column& column : table->columns) owner->children.push_back(array_of(table, column));
    ArrowArray array{};
    array.length = table->rows();
    array.n_buffers = 1;
    array.buffers = owner->buffers.data();
    adopt(array, owner);
    return array;
}

// --- the stream

struct Stream {
    Table table;
    bool is_read = false;
};

// What goes wrong here can only be a lack of memory, for which the interface has a number.
template <class Make, class Struct>
int made(Make&& make, Struct* out) {
    try {
        *out = make();
        return 0;
    } catch (...) {
        return ENOMEM;
    }
}

int get_schema(ArrowArrayStream* self, ArrowSchema* out) {
    const auto* const stream = static_cast<Stream*>(self->private_data);
    return made([&] { return schema_of(stream->table); }, out);
}

int get_next(ArrowArrayStream* self, ArrowArray* out) {
    auto* const stream = static_cast<Stream*>(self->private_data);
    if (std::exchange(stream->is_read, true)) {
        *out = ArrowArray{};  // released: the end of the stream
        return 0;
    }
    return made([&] { return array_of(stream->table); }, out);
}

void release_stream(ArrowArrayStream* self) {
    delete static_cast<Stream*>(self->private_data);
    self->release = nullptr;
}

void delete_capsule(PyObject* capsule) {
    auto* const stream = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule, "arrow_array_stream"));
    // A reader that took the stream has left it released.
    if (stream->release != nullptr) stream->release(stream);
    delete stream;
}

}  // namespace

pybind11::capsule arrow_stream(Table table) {
    auto* const stream =
        new ArrowArrayStream{&get_schema, &get_next, [](ArrowArrayStream*) -> const char* { return "out of memory"; },
                             &release_stream, new Stream{std::move(table)}};
    return pybind11::capsule(stream, "arrow_array_stream", &delete_capsule);
}

}  // namespace ekssim
