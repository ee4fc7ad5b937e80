"""Gradient boosting from scikit-learn on a table: how a disease progressed in a year, from ten measurements.

python -m study run examples/boosting.py --trials 12
python -m study ablate examples/boosting.py --replicates 7

An estimator has no epochs, so that `train` yields once; a trial that is interrupted begins anew.
"""

from sklearn.datasets import load_diabetes
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split

from study.space import Choice, Float, Int, SearchSpace, Variant

SPACE = SearchSpace(
    name="boosting",
    domains={
        "learning_rate": Float(default=0.1, low=0.01, high=0.3, log=True),
        "n_estimators": Int(default=100, low=20, high=300, step=20),
        "max_depth": Int(default=3, low=1, high=6),
        "subsample": Float(default=0.8, low=0.3, high=1.0),
        "loss": Choice(default="squared_error", choices=("squared_error", "absolute_error", "huber")),
    },
    variants=(
        Variant("stumps", {"max_depth": 1}, "No interactions between measurements"),
        Variant("absolute", {"loss": "absolute_error"}, "Learn what is scored"),
        Variant("whole", {"subsample": 1.0}, "Every tree sees every patient"),
    ),
)
metrics = {"mae": "minimize", "r2": "maximize"}

X, y = load_diabetes(return_X_y=True)
X_rest, X_test, y_rest, y_test = train_test_split(X, y, random_state=0)
X_train, X_validation, y_train, y_validation = train_test_split(X_rest, y_rest, random_state=0)


def scores(model, x, y, split=""):
    answers = model.predict(x)
    return {f"{split}mae": mean_absolute_error(y, answers), f"{split}r2": r2_score(y, answers)}


def train(run):
    model = GradientBoostingRegressor(**run.config, random_state=run.seed % 2**32).fit(X_train, y_train)
    run.keep(model=model)
    yield scores(model, X_train, y_train, "train/") | scores(model, X_validation, y_validation, "validation/")


def test(run):
    return scores(run.kept["model"], X_test, y_test)
