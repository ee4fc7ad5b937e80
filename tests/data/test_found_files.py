"""Which files of a folder are read, how its splits are understood, and that what is passed over is told."""

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from study.data import DataOptions, Dataset, Wanted, load_dataset, read_images
from study.data.pictures.listing import Passed, pictures_below, suffixes
from study.errors import StudyError

Writer = Callable[..., None]
CAFE = {form: unicodedata.normalize(form, "café") for form in ("NFC", "NFD")}


def load(folder: Path, **options: Any) -> Dataset:  # noqa: ANN401 - fields of DataOptions
    return load_dataset(str(folder), data_root=Path("unused"), options=DataOptions(**options))


def counts(dataset: Dataset) -> tuple[int, int]:
    return len(dataset.training), len(dataset.test)


def test_pictures_in_subfolders_of_a_class_are_read(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, cat=6, dog=6)
    write_classes(tmp_path / "dog" / "second" / "batch", deep=6)
    dataset = load(tmp_path)
    assert sum(counts(dataset)) == 18
    assert dataset.class_names == ("cat", "dog")
    assert dataset.notes == ()


@pytest.mark.parametrize(
    "suffix", [".ppm", ".pgm", ".pbm", ".pnm", ".jfif", ".jpe", ".tga", ".jp2", ".dib", ".pcx", ".PNG"]
)
def test_every_suffix_that_pillow_registers_is_read(suffix: str, tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, cat=6, dog=6)
    mode = {".pgm": "L", ".pbm": "1"}.get(suffix, "RGB")
    for path in sorted((tmp_path / "dog").iterdir()):
        Image.open(path).convert(mode).save(path.with_suffix(suffix))
        if suffix != ".PNG":
            path.unlink()
    dataset = load(tmp_path)
    assert sum(counts(dataset)) == (18 if suffix == ".PNG" else 12)
    assert not any("Not read" in note for note in dataset.notes)


def test_formats_that_pillow_cannot_decode_are_no_pictures() -> None:
    assert {".png", ".jpg", ".webp", ".tif"} <= suffixes()
    assert not {".h5", ".grib", ".mpg", ".eps", ".pdf"} & suffixes()


def test_what_is_passed_over_is_counted_in_one_line(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, cat=6, dog=6)
    for number in range(4):
        (tmp_path / "cat" / f"{number}.txt").write_text("about")
    (tmp_path / "dog" / "notes").mkdir()
    (tmp_path / "dog" / "notes" / "one.pdf").write_text("about")
    (tmp_path / "dog" / ".hidden.png").write_bytes(b"x")
    Image.new("L", (28, 28)).save(tmp_path / "beside.png")
    (tmp_path / "dog" / "gone.png").symlink_to("/nowhere/x.png")
    (tmp_path / "dog" / "gone").symlink_to("/nowhere")
    assert load(tmp_path).notes == (
        "Not read: 5 files of other kinds (4 .txt, 1 .pdf), 1 picture in no class folder, 1 hidden picture, "
        "2 links that lead nowhere.",
    )


def test_a_link_to_a_folder_above_ends(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, cat=6, dog=6)
    (tmp_path / "cat" / "loop").symlink_to(tmp_path / "cat")
    assert sum(counts(load(tmp_path))) == 12


def test_a_folder_that_cannot_be_looked_into_is_named(
    tmp_path: Path, write_classes: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    write_classes(tmp_path, cat=6, dog=6)
    closed = tmp_path / "dog" / "closed"
    closed.mkdir()
    scan = os.scandir

    def refuse(path: str) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(closed))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(StudyError, match="Permission denied; replace or remove it, or leave it out with --skip"):
        load(tmp_path)
    skipped = load(tmp_path, skip_unreadable=True)
    assert skipped.left_out == ("dog/closed",)
    assert skipped.notes == (f"Left out, since it cannot be read: '{closed}' (Permission denied).",)


@pytest.mark.parametrize("training", ["train", "training", "Train"])
@pytest.mark.parametrize("held_out", ["test", "testing"])
def test_usual_names_of_splits(training: str, held_out: str, tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path / training, cat=4, dog=4)
    write_classes(tmp_path / held_out, cat=2, dog=3)
    dataset = load(tmp_path)
    assert counts(dataset) == (8, 5)
    assert not any("split" in note or "not used" in note for note in dataset.notes)


@pytest.mark.parametrize("held_out", ["val", "valid", "validation"])
def test_a_validation_folder_without_a_test_folder_is_the_test_split(
    held_out: str, tmp_path: Path, write_classes: Writer
) -> None:
    write_classes(tmp_path / "train", cat=40, dog=4)
    write_classes(tmp_path / held_out, fish=0)
    (tmp_path / held_out / "fish").rmdir()
    (tmp_path / held_out / "cat").symlink_to(tmp_path / "train" / "cat")
    dataset = load(tmp_path)
    assert counts(dataset) == (44, 40)
    assert dataset.notes[0] == (
        f"'{tmp_path}' has no folder 'test', so '{held_out}' is its test split; the validation split is cut from "
        "'train'."
    )


def test_a_train_folder_alone_gives_its_own_test_split(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path / "train", cat=6, dog=6)
    dataset = load(tmp_path)
    assert counts(dataset) == (10, 2)
    assert dataset.notes == (f"'{tmp_path}' holds 'train' alone, so a sixth of its images is the test split.",)


def test_a_class_may_be_called_train(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, bus=6, train=6)
    assert load(tmp_path).class_names == ("bus", "train")


def test_two_folders_of_one_role_are_refused(tmp_path: Path, write_classes: Writer) -> None:
    for part in ("test", "train", "training"):
        write_classes(tmp_path / part, cat=4, dog=4)
    with pytest.raises(StudyError) as caught:
        load(tmp_path)
    assert str(caught.value) == f"'{tmp_path}' holds 'train', 'training', which mean the same; leave one of them."


def test_test_without_training_is_refused(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path / "test", cat=4, dog=4)
    with pytest.raises(StudyError) as caught:
        load(tmp_path)
    assert str(caught.value) == (
        f"'{tmp_path}' holds 'test' but no images to train on; add a folder 'train' of class subfolders."
    )


def test_class_names_in_two_unicode_forms_are_one_class(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path / "train", **{CAFE["NFC"]: 4, "tea": 4})
    write_classes(tmp_path / "test", **{CAFE["NFD"]: 2, "tea": 2})
    dataset = load(tmp_path)
    assert dataset.class_names == (CAFE["NFC"], "tea")
    assert dataset.test.targets.tolist() == [0, 0, 1, 1]


def test_both_unicode_forms_in_one_split_are_merged_and_told(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, **{CAFE["NFC"]: 4, "tea": 4})
    write_classes(tmp_path / "other", **{CAFE["NFD"]: 3})
    (tmp_path / "other" / CAFE["NFD"]).rename(tmp_path / CAFE["NFD"])
    (tmp_path / "other").rmdir()
    dataset = load(tmp_path)
    assert dataset.class_names == (CAFE["NFC"], "tea")
    assert sum(counts(dataset)) == 11
    assert dataset.notes[0] == (
        f"'{tmp_path}' holds '{CAFE['NFC']}' in two forms of Unicode, which look the same: they are read as one class."
    )


def test_a_copy_in_the_other_unicode_form_has_the_same_hash_and_name(tmp_path: Path, write_classes: Writer) -> None:
    copies = []
    for form, place in (("NFC", "linux"), ("NFD", "mac")):
        words = [unicodedata.normalize(form, word) for word in ("zürich", "éclair", "eclipse", "zug")]
        folder = tmp_path / place / unicodedata.normalize(form, "städte")
        for shade, word in enumerate(words):
            (folder / word).mkdir(parents=True)
            for number, name in enumerate(words):
                picture = Image.new("L", (28, 28), 40 * shade)
                picture.putpixel((number, shade), 255)
                picture.save(folder / word / f"{name}.png")
        copies.append(load(folder))
    assert copies[0].content_hash == copies[1].content_hash
    assert (copies[0].name, copies[0].class_names) == (copies[1].name, copies[1].class_names)


def test_all_bad_files_are_named_at_once(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, cat=6, dog=6)
    empty, page = tmp_path / "cat" / "empty.png", tmp_path / "dog" / "page.png"
    empty.write_bytes(b"")
    page.write_text("<html>404</html>")
    with pytest.raises(StudyError) as caught:
        load(tmp_path)
    assert str(caught.value) == (
        f"'{empty}' and 1 more cannot be read as images: '{empty}' (it is empty), '{page}' (its content is no picture "
        "that Pillow knows); replace or remove them, or leave them out with --skip-unreadable."
    )


def test_ten_bad_files_are_named_and_the_others_counted(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, cat=6, dog=6)
    for number in range(13):
        (tmp_path / "cat" / f"bad{number:02}.png").write_bytes(b"")
    with pytest.raises(StudyError) as caught:
        load(tmp_path)
    assert str(caught.value).count("(it is empty)") == 10
    assert "bad09.png' (it is empty), and 3 more; replace" in str(caught.value)


def test_unreadable_files_are_left_out_where_asked_and_told(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, cat=6, dog=6)
    whole = load(tmp_path)
    bad = tmp_path / "dog" / "bad.png"
    bad.write_bytes(b"")
    dataset = load(tmp_path, skip_unreadable=True)
    assert dataset.content_hash == whole.content_hash
    assert dataset.left_out == ("dog/bad.png",)
    assert dataset.notes == (f"Left out, since it cannot be read: '{bad}' (it is empty).",)


def test_a_class_of_unreadable_files_alone_is_refused(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, cat=6, dog=0)
    (tmp_path / "dog" / "bad.png").write_bytes(b"")
    with pytest.raises(StudyError) as caught:
        load(tmp_path, skip_unreadable=True)
    assert str(caught.value) == (
        f"Class 'dog' of '{tmp_path}' has no image that can be read; replace its images or remove the folder."
    )


def test_read_images_answers_for_the_readable_ones(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, cat=3)
    bad = tmp_path / "cat" / "001.png"
    bad.write_bytes(b"")
    files, images, notes = read_images([tmp_path], Wanted())
    assert [file.name for file in files] == ["000.png", "002.png"]
    assert images.shape == (2, 1, 28, 28)
    assert notes == (f"Not answered, since it cannot be read: '{bad}' (it is empty).",)
    with pytest.raises(StudyError, match="cannot be read as an image: it is empty; replace it"):
        read_images([bad], Wanted())


def test_files_of_a_folder_are_sorted_by_name(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, b=2, a=2)
    found = pictures_below(tmp_path, Passed())
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "a/000.png",
        "a/001.png",
        "b/000.png",
        "b/001.png",
    ]
