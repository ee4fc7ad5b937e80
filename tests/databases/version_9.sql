-- Schema 9, made by the program of commit e20ee81.
BEGIN TRANSACTION;
CREATE TABLE ablation (
	study TEXT NOT NULL, 
	name TEXT NOT NULL, 
	design VARCHAR(20) NOT NULL, 
	reference VARCHAR(10) NOT NULL, 
	factors JSON NOT NULL, 
	variants JSON NOT NULL, 
	retuned JSON NOT NULL, 
	replicates INTEGER NOT NULL, 
	searches INTEGER NOT NULL, 
	finished BOOLEAN NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (study, name), 
	FOREIGN KEY(study) REFERENCES "plan" (study)
);
INSERT INTO "ablation" VALUES('cnn@digits','one-at-a-time','one-at-a-time','baseline','[]','["dropout"]','["dropout"]',2,1,1,'2026-11-26T18:23:33.844602+00:00');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE arm (
	study TEXT NOT NULL, 
	ablation TEXT NOT NULL, 
	setting VARCHAR(10) NOT NULL, 
	name TEXT NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	control TEXT, 
	matched TEXT, 
	factors JSON NOT NULL, 
	removed TEXT, 
	step INTEGER, 
	changes JSON NOT NULL, 
	configuration JSON, 
	reason TEXT NOT NULL, 
	added_later BOOLEAN NOT NULL, 
	position INTEGER NOT NULL, 
	planned_at VARCHAR(32) NOT NULL, 
	withdrawn_at VARCHAR(32), 
	PRIMARY KEY (study, ablation, setting, name), 
	FOREIGN KEY(study, ablation) REFERENCES ablation (study, name)
);
INSERT INTO "arm" VALUES('cnn@digits','one-at-a-time','fixed','baseline','baseline',NULL,NULL,'[]',NULL,NULL,'{}','{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','',0,0,'2026-11-26T18:23:33.853358+00:00',NULL);
INSERT INTO "arm" VALUES('cnn@digits','one-at-a-time','fixed','noise floor','noise-floor','baseline',NULL,'[]',NULL,NULL,'{}','{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','baseline on other seeds',0,1,'2026-11-26T18:23:33.853358+00:00',NULL);
INSERT INTO "arm" VALUES('cnn@digits','one-at-a-time','fixed','dropout','variant','baseline',NULL,'["dropout"]',NULL,NULL,'{"dropout": 0.25}','{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.25, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','Add Dropout',0,2,'2026-11-26T18:23:33.853358+00:00',NULL);
INSERT INTO "arm" VALUES('cnn@digits','one-at-a-time','retuned','baseline with dropout=0.0','baseline',NULL,NULL,'[]',NULL,NULL,'{"learning_rate": 0.004138479168536923, "label_smoothing": 0.008655430514445972}','{"optimizer": "adam", "learning_rate": 0.004138479168536923, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.008655430514445972, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','',1,6,'2026-11-26T18:24:14.977825+00:00',NULL);
INSERT INTO "arm" VALUES('cnn@digits','one-at-a-time','retuned','dropout','variant','baseline with dropout=0.0',NULL,'["dropout"]',NULL,NULL,'{"dropout": 0.25}','{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.25, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','Add Dropout',1,7,'2026-11-26T18:24:14.977825+00:00',NULL);
CREATE TABLE code (
	hash VARCHAR(64) NOT NULL, 
	files JSON NOT NULL, 
	training INTEGER NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (hash)
);
INSERT INTO "code" VALUES('aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d','{"study.models.cnn": "\"\"\"The notebook''s convolutional network, and the networks suggested beside it: deeper, LeNet-5, ResNet.\"\"\"\n\nfrom __future__ import annotations\n\nimport math\nfrom dataclasses import dataclass\nfrom typing import Literal, get_args\n\nfrom torch import nn\n\nfrom study.errors import StudyError, nearest\nfrom study.models.layers.pooling import relu_and_max_pooling\nfrom study.models.layers.residual import PreActivationUnit, activation\nfrom study.models.layers.shapes import unreadable\nfrom study.task import DataSpec\n\nKERNEL = 3\n\"\"\"Rows and columns of the kernels of plain, but for the first where another was asked for.\"\"\"\nArchitecture = Literal[\"plain\", \"lenet5\", \"resnet\"]\nLENET5_STAGES = 2\nLENET5_SIDE = 12\n\"\"\"Pixels that lenet5 needs at least: halved 6, of which its second convolution leaves 2, halved 1.\"\"\"\nRESNET_UNITS = 2\n\"\"\"Residual units of each stage.\"\"\"\n\n\n@dataclass(frozen=True, slots=True)\nclass Params:\n    \"\"\"The defaults are the notebook''s: 421,642 parameters for 28 x 28 grey pixels and 10 classes.\n\n    Every option acts in every architecture.\n    \"\"\"\n\n    width: int = 32\n    \"\"\"Channels of the first stage.\"\"\"\n    hidden_size: int = 128\n    \"\"\"Units of the hidden layer; of the first of two in lenet5.\"\"\"\n    dropout: float = 0.0\n    \"\"\"Probability of zeroing a unit of the last hidden layer in training.\"\"\"\n    batch_norm: bool = False\n    \"\"\"BatchNorm after each convolution and before its ReLU, in place of the bias (Ioffe & Szegedy, 2015); in resnet,\n    before the ReLU that comes before each convolution.\"\"\"\n    stages: int = 2\n    \"\"\"Each halves height and width: 28 -> 14 -> 7 -> 3 -> 1 (resnet rounds up: 4, 2, 1). lenet5 has 2.\"\"\"\n    architecture: Architecture = \"plain\"\n    \"\"\"plain: the notebook''s. lenet5: LeCun et al. (1998). resnet: He et al. (2016). See the builders below.\"\"\"\n    first_kernel: int = 3\n    \"\"\"Rows and columns of the first convolution''s kernels, an odd number; those of lenet5 are 5 x 5 all of them.\"\"\"\n    growth: float = 2.0\n    \"\"\"Channels of a stage for each one of the stage before, rounded to whole channels: 32, 64, 128, ...\"\"\"\n    padding: bool = True\n    \"\"\"Whether zeros around what a convolution reads keep its rows and columns. Without, each convolution of plain takes\n    its kernel''s size less one away, 28 -> 26 -> 13 -> 11 -> 5 with two stages, and costs as much less.\"\"\"\n\n    def __post_init__(self) -> None:\n        \"\"\"Check that the network can be built.\n\n        Raises:\n            StudyError: It cannot.\n        \"\"\"\n        if self.width < 1 or self.hidden_size < 1:\n            raise StudyError(f\"width and hidden_size are at least 1, not {self.width} and {self.hidden_size}\")\n        if not 0 <= self.dropout < 1:\n            raise StudyError(f\"dropout is in [0, 1), not {self.dropout!r}\")\n        if self.stages < 1:\n            raise StudyError(f\"stages is at least 1, not {self.stages!r}\")\n        allowed = get_args(Architecture)\n        if self.architecture not in allowed:\n            hint = nearest(str(self.architecture), allowed)\n            raise StudyError(f\"architecture is one of {'', ''.join(allowed)}, not {self.architecture!r}{hint}\")\n        if self.architecture == \"lenet5\" and self.stages != LENET5_STAGES:\n            raise StudyError(\n                f\"stages is {LENET5_STAGES} with architecture=''lenet5'', not {self.stages}; plain and resnet take others\"\n            )\n        if self.first_kernel < 1 or self.first_kernel % 2 == 0:\n            raise StudyError(f\"first_kernel is an odd number of pixels, 1, 3, 5, ..., not {self.first_kernel!r}\")\n        if not 0 < self.growth < math.inf or self.channels(self.stages - 1) < 1:\n            raise StudyError(f\"growth leaves every stage a channel and is finite, not {self.growth!r}\")\n        if self.growth != 2 and self.stages == 1:\n            raise StudyError(f\"growth acts between stages: with stages=1 leave it at 2.0, not {self.growth!r}\")\n        if self.architecture == \"lenet5\" and self.first_kernel != 3:\n            raise StudyError(\n                f\"first_kernel acts in plain and resnet alone, as the kernels of architecture=''lenet5'' are 5 x 5: \"\n                f\"leave it at 3, not {self.first_kernel}\"\n            )\n        if self.architecture != \"plain\" and not self.padding:\n            raise StudyError(f\"padding acts in plain alone: with architecture={self.architecture!r} leave it True\")\n        if self.architecture == \"lenet5\" and self.hidden_size < 2:\n            raise StudyError(\n                \"hidden_size is at least 2 with architecture=''lenet5'', whose second hidden layer is smaller, \"\n                f\"not {self.hidden_size}\"\n            )\n\n    def channels(self, stage: int) -> int:\n        \"\"\"Return the channels of a stage, counted from 0.\"\"\"\n        return round(self.width * self.growth**stage)\n\n\ndef build(params: Params, data: DataSpec) -> nn.Module:\n    \"\"\"Build the network: (batch, channels, height, width) -> (batch, outputs), logits of a classification.\n\n    Raises:\n        StudyError: The data are no pictures, or pictures that are too small for it.\n    \"\"\"\n    if not data.is_picture:\n        raise unreadable(\"cnn\", \"pictures (channels, height, width)\", data)\n    _check_size(params, data)\n    match params.architecture:\n        case \"plain\":\n            return _plain(params, data)\n        case \"lenet5\":\n            return _lenet5(params, data)\n        case \"resnet\":\n            return _resnet(params, data)\n\n\ndef _most_stages(params: Params, side: int) -> int:\n    \"\"\"Return how many stages of plain or resnet a picture''s smaller side, in pixels, has room for.\"\"\"\n    stages = 0\n    while (side := _halved(params, stages, side)) > 0:\n        stages += 1\n        if side == 1 and params.padding:\n            break\n    return stages\n\n\ndef _halved(params: Params, stage: int, side: int) -> int:\n    \"\"\"Return what a stage of plain or resnet makes of a side in pixels; 0 or less where it has no room.\"\"\"\n    if params.architecture == \"resnet\" and stage:  # a strided convolution; its first stage alone has a max-pooling\n        return (side + 1) // 2\n    return (side if params.padding else side - _kernel(params, stage) + 1) // 2\n\n\ndef _kernel(params: Params, stage: int) -> int:\n    return KERNEL if stage else params.first_kernel\n\n\ndef _check_size(params: Params, data: DataSpec) -> None:\n    \"\"\"Check that the network fits the pictures.\n\n    Raises:\n        StudyError: It does not.\n    \"\"\"\n    side, pictures = min(data.shape[1:]), f\"pictures of {data.shape_in_words()}\"\n    if side < 2:\n        raise unreadable(\"cnn\", \"pictures (channels, height, width) of at least 2 pixels each way\", data)\n    if params.architecture == \"lenet5\":\n        if side < LENET5_SIDE:\n            raise StudyError(\n                f\"architecture=''lenet5'' needs at least {LENET5_SIDE} pixels each way, which {pictures} have not: \"\n                \"plain and resnet take smaller ones\"\n            )\n        return\n    most = _most_stages(params, side)\n    if not most:\n        raise StudyError(\n            f\"padding=False needs at least {params.first_kernel + 1} pixels each way with first_kernel=\"\n            f\"{params.first_kernel}, which {pictures} have not: leave it True\"\n        )\n    if params.stages > most:\n        cut = \"\" if params.padding else \" and padding=False\"\n        raise StudyError(\n            f\"stages is at most {most} for {pictures} with architecture={params.architecture!r}{cut}, as each stage \"\n            f\"halves height and width, not {params.stages}\"\n        )\n\n\ndef _plain(params: Params, data: DataSpec) -> nn.Sequential:\n    \"\"\"Return stages of one convolution and a max-pooling, then one hidden layer: the notebook''s network.\"\"\"\n    layers: list[nn.Module] = []\n    channels, height, width = data.shape\n    for stage in range(params.stages):\n        kernel = _kernel(params, stage)\n        padding = kernel // 2 if params.padding else 0\n        layers += _convolution(channels, params.channels(stage), params.batch_norm, kernel=kernel, padding=padding)\n        # (batch, 32, 14, 14), (batch, 64, 7, 7), ... of 28 x 28 pixels\n        height, width = (_halved(params, stage, side) for side in (height, width))\n        channels = params.channels(stage)\n    return nn.Sequential(\n        *layers, nn.Flatten(), *_dense(channels * height * width, params.hidden_size), *_head(params, data.outputs)\n    )\n\n\ndef _lenet5(params: Params, data: DataSpec) -> nn.Sequential:\n    \"\"\"Return LeNet-5 (LeCun et al., 1998, figure 2) with ReLU, max-pooling, and BatchNorm and dropout where asked for.\n\n    Its layout: 5 x 5 convolutions, the first padded, and two hidden layers in the proportion of its 120 and 84.\n    Its 6 and 16 feature maps become width and growth times width. With BatchNorm and the other defaults,\n    269,501 parameters for 28 x 28 grey pixels and 10 classes.\n    \"\"\"\n    channels, height, width = data.shape\n    second = params.hidden_size * 84 // 120\n    first_maps, second_maps = params.channels(0), params.channels(1)\n    places = ((height // 2 - 4) // 2) * ((width // 2 - 4) // 2)\n    return nn.Sequential(  # of 28 x 28 pixels:\n        *_convolution(channels, first_maps, params.batch_norm, kernel=5, padding=2),  # (batch, 32, 14, 14)\n        *_convolution(first_maps, second_maps, params.batch_norm, kernel=5, padding=0),  # (batch, 64, 5, 5)\n        nn.Flatten(),\n        *_dense(second_maps * places, params.hidden_size),\n        *_dense(params.hidden_size, second),\n        *_head(params, data.outputs, second),\n    )\n\n\ndef _resnet(params: Params, data: DataSpec) -> nn.Sequential:\n    \"\"\"Return a pre-activation ResNet (He et al., 2016) for small images.\n\n    Its stem is the notebook''s first convolution and max-pooling; then stages of two units, all but the first stage\n    halving rows and columns; then the mean over all places. A hidden layer before the head, which He et al. do not\n    have, keeps hidden_size and dropout meaningful. With BatchNorm and the other defaults, 178,666 parameters for grey\n    pictures and 10 classes.\n    \"\"\"\n    kernel = params.first_kernel\n    layers: list[nn.Module] = [\n        nn.Conv2d(data.shape[0], params.width, kernel, padding=kernel // 2, bias=not params.batch_norm),\n        nn.MaxPool2d(2),  # (batch, 32, 14, 14) of 28 x 28 pixels\n    ]\n    channels = params.width\n    for stage in range(params.stages):\n        for unit in range(RESNET_UNITS):\n            wider, stride = params.channels(stage), 2 if stage and not unit else 1\n            layers.append(PreActivationUnit(channels, wider, stride=stride, batch_norm=params.batch_norm))\n            channels = wider  # (batch, 32, 14, 14), (batch, 64, 7, 7), (batch, 128, 4, 4), ...\n    layers += [activation(channels, params.batch_norm), nn.AdaptiveAvgPool2d(1), nn.Flatten()]\n    return nn.Sequential(*layers, *_dense(channels, params.hidden_size), *_head(params, data.outputs))\n\n\ndef _convolution(\n    channels_in: int, channels_out: int, batch_norm: bool, *, kernel: int, padding: int\n) -> list[nn.Module]:\n    \"\"\"Return a convolution, BatchNorm if asked for, ReLU and a max-pooling that halves rows and columns.\"\"\"\n    # BatchNorm takes the mean away, and a bias with it.\n    convolution = nn.Conv2d(channels_in, channels_out, kernel_size=kernel, padding=padding, bias=not batch_norm)\n    normalisation = [nn.BatchNorm2d(channels_out)] if batch_norm else []\n    return [convolution, *normalisation, *relu_and_max_pooling()]\n\n\ndef _dense(units_in: int, units_out: int) -> list[nn.Module]:\n    return [nn.Linear(units_in, units_out), nn.ReLU()]\n\n\ndef _head(params: Params, outputs: int, units: int | None = None) -> list[nn.Module]:\n    \"\"\"Return dropout if asked for, and the last layer.\"\"\"\n    dropout = [nn.Dropout(params.dropout)] if params.dropout else []\n    return [*dropout, nn.Linear(units or params.hidden_size, outputs)]\n", "study.models.layers.normalisation": "\"\"\"BatchNorm (Ioffe & Szegedy, 2015) that a lone example passes too: the last batch of an epoch may have no other.\"\"\"\n\nfrom __future__ import annotations\n\nfrom torch import Tensor, nn\nfrom torch.nn import functional as F\n\n\nclass BatchNorm1d(nn.BatchNorm1d):\n    \"\"\"torch''s, but that a batch with one number a channel, which has no variance, is normalised as in evaluation.\"\"\"\n\n    def forward(self, input: Tensor) -> Tensor:\n        \"\"\"Normalise (batch, channels).\"\"\"\n        return _by_running(self, input) if self.training and _is_lone(input) else super().forward(input)\n\n\nclass BatchNorm2d(nn.BatchNorm2d):\n    \"\"\"The same for (batch, channels, rows, columns).\"\"\"\n\n    def forward(self, input: Tensor) -> Tensor:\n        \"\"\"Normalise (batch, channels, rows, columns).\"\"\"\n        return _by_running(self, input) if self.training and _is_lone(input) else super().forward(input)\n\n\ndef _is_lone(x: Tensor) -> bool:\n    return x.numel() == x.shape[1]\n\n\ndef _by_running(norm: nn.BatchNorm1d | nn.BatchNorm2d, x: Tensor) -> Tensor:\n    return F.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias, training=False, eps=norm.eps)\n", "study.models.layers.pooling": "\"\"\"ReLU and max-pooling as one layer: the numbers of PyTorch''s two modules, on a CPU in a fraction of their time.\"\"\"\n\nfrom __future__ import annotations\n\nfrom typing import Any\n\nimport torch\nfrom torch import Tensor, nn\nfrom torch.autograd.function import once_differentiable\nfrom torch.nn import functional as F\n\n_FEWEST = 2**18\n\"\"\"Numbers in a batch from which on `_PooledBits` is faster than PyTorch''s own, by `benchmarks.kernels`.\"\"\"\n\n\ndef relu_and_max_pooling() -> list[nn.Module]:\n    \"\"\"Return ReLU and max-pooling of 2 x 2 for a place in `nn.Sequential` where they are two modules.\n\n    An empty module follows the one that does both, so that the modules after it keep their places, and their weights\n    the names that they are stored by.\n    \"\"\"\n    return [ReLUMaxPool2d(), nn.Identity()]\n\n\nclass ReLUMaxPool2d(nn.Module):\n    \"\"\"Max-pooling of 2 x 2 with stride 2, and ReLU: (n, channels, h, w) -> (n, channels, h // 2, w // 2).\n\n    Outputs and gradients are those of `nn.MaxPool2d(2)(nn.ReLU()(x))`, bit for bit; of equal values in a window the\n    first in the order of rows has the gradient. The pooling comes first, as ReLU changes no order, and has a quarter of\n    the work left. In training on a CPU the input may be overwritten: it has to be the output of a convolution or of\n    BatchNorm that nothing else uses; autograd refuses whatever would need it.\n    \"\"\"\n\n    def forward(self, x: Tensor) -> Tensor:\n        \"\"\"Return the pooled pictures, in the memory format of `x`.\"\"\"\n        if self.training and _is_fast(x):\n            pooled: Tensor = _PooledBits.apply(x)\n            return pooled\n        return F.relu(F.max_pool2d(x, 2))\n\n\ndef _is_fast(x: Tensor) -> bool:\n    \"\"\"Return whether `x` is for `_PooledBits`: large, in bfloat16, with channels as neighbours in memory.\"\"\"\n    return (\n        x.dtype == torch.bfloat16\n        and x.device.type == \"cpu\"\n        and x.numel() >= _FEWEST\n        and x.is_contiguous(memory_format=torch.channels_last)\n        and not torch.compiler.is_compiling()\n    )\n\n\nclass _PooledBits(torch.autograd.Function):\n    \"\"\"Pools bfloat16 numbers as the integers that have the same bits.\n\n    Numbers that are not negative have the order of these integers, and negative ones are negative integers: ReLU and\n    maxima are those of int16, which take a CPU fewer instructions. For a and b that are not negative, (a - b) >> 15 has\n    all bits set where b is the greater, and none elsewhere: a mask for the gradient. PyTorch''s own max-pooling keeps an\n    int64 index for every output and adds the gradients one by one; here the input''s memory becomes its gradient''s.\n    \"\"\"\n\n    @staticmethod\n    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401 - autograd''s context has no type\n        \"\"\"Pool `x`, which is overwritten with its ReLU.\"\"\"\n        # NaN with a sign is lost to ReLU here. Weights that are NaN make NaN of every place: they show in this one.\n        corner = F.relu(F.max_pool2d(x[:1, :, :2, :2], 2))\n        values = x.view(torch.int16).clamp_min_(0)\n        columns = torch.maximum(*_pairs(values, 3))  # (n, channels, h, w // 2)\n        pooled = torch.maximum(*_pairs(columns, 2))  # (n, channels, h // 2, w // 2)\n        ctx.save_for_backward(values, columns, pooled)\n        output = pooled.view(torch.bfloat16)\n        output[:1, :, :1, :1] = corner\n        return output\n\n    @staticmethod\n    @once_differentiable\n    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # noqa: ANN401\n        \"\"\"Return the gradient of the input, in its memory.\"\"\"\n        values, columns, pooled = ctx.saved_tensors\n        passed = (-pooled).bitwise_right_shift_(15).bitwise_and_(gradient.view(torch.int16))  # 0 where ReLU gave 0\n        for finer, axis in ((columns, 2), (values, 3)):\n            first, second = _pairs(finer, axis)\n            torch.sub(first, second, out=second).bitwise_right_shift_(15).bitwise_and_(passed)\n            torch.bitwise_xor(passed, second, out=first)\n            finer.narrow(axis, 2 * first.shape[axis], finer.shape[axis] % 2).zero_()\n            passed = finer\n        found: Tensor = values.view(torch.bfloat16)\n        return found\n\n\ndef _pairs(x: Tensor, axis: int) -> tuple[Tensor, Tensor]:\n    \"\"\"Return the even and the odd places along an axis, as views; the last of an odd number is left out.\"\"\"\n    even = x.narrow(axis, 0, x.shape[axis] // 2 * 2)\n    before = (slice(None),) * axis\n    return even[(*before, slice(0, None, 2))], even[(*before, slice(1, None, 2))]\n", "study.models.layers.residual": "\"\"\"The residual unit with full pre-activation: He et al., Identity Mappings in Deep Residual Networks, 2016.\"\"\"\n\nfrom __future__ import annotations\n\nfrom torch import Tensor, nn\n\nfrom study.models.layers.normalisation import BatchNorm2d\n\n\nclass PreActivationUnit(nn.Module):\n    \"\"\"x + f(x), f being twice (normalise, ReLU, 3 x 3 convolution): He et al. (2016), figure 4 (e).\n\n    Where the shape changes, the shortcut is a 1 x 1 convolution of the first activation.\n\n    Shapes:\n        (batch, channels_in, rows, columns) -> (batch, channels_out, ceil(rows / stride), ceil(columns / stride)).\n    \"\"\"\n\n    def __init__(self, channels_in: int, channels_out: int, *, stride: int = 1, batch_norm: bool = True) -> None:\n        \"\"\"Build the layers; a convolution has a bias only where no BatchNorm after it would cancel it.\"\"\"\n        super().__init__()\n        bias = not batch_norm\n        self.first_activation = activation(channels_in, batch_norm)\n        self.first = nn.Conv2d(channels_in, channels_out, kernel_size=3, stride=stride, padding=1, bias=bias)\n        self.second_activation = activation(channels_out, batch_norm)\n        self.second = nn.Conv2d(channels_out, channels_out, kernel_size=3, padding=1, bias=bias)\n        self.projection = (\n            nn.Conv2d(channels_in, channels_out, kernel_size=1, stride=stride, bias=False)\n            if stride > 1 or channels_in != channels_out\n            else None\n        )\n\n    def forward(self, x: Tensor) -> Tensor:\n        \"\"\"Add to `x`, or to its projection, what the two convolutions make of it.\"\"\"\n        activated = self.first_activation(x)\n        shortcut = x if self.projection is None else self.projection(activated)\n        y: Tensor = shortcut + self.second(self.second_activation(self.first(activated)))\n        return y\n\n\ndef activation(channels: int, batch_norm: bool) -> nn.Module:\n    \"\"\"Return ReLU, after BatchNorm if there is one.\"\"\"\n    return nn.Sequential(BatchNorm2d(channels), nn.ReLU()) if batch_norm else nn.ReLU()\n", "study.models.layers.shapes": "\"\"\"What the data look like to a model, and the refusal of data that it cannot read.\"\"\"\n\nfrom __future__ import annotations\n\nfrom typing import Final\n\nfrom study.errors import StudyError\nfrom study.task import DataSpec\n\n_READERS: Final = {1: \"`mlp` reads these\", 2: \"`lstm` and `mlp` read these\", 3: \"`mlp` reads these\"}\n\"\"\"Axes of an input -> who else reads such inputs.\"\"\"\n\n\ndef unreadable(model: str, reads: str, data: DataSpec) -> StudyError:\n    \"\"\"Return the error of a model that is given data which it cannot read.\n\n    Args:\n        model: Its name.\n        reads: The inputs that it reads, with their axes.\n        data: The data.\n    \"\"\"\n    return StudyError(\n        f\"model {model!r} reads {reads}; the data are {data.shape_in_words()}; {_READERS[len(data.shape)]}\"\n    )\n"}',1,'2026-11-26T18:23:03.351428+00:00');
CREATE TABLE code_change (
	study TEXT NOT NULL, 
	"before" VARCHAR(64) NOT NULL, 
	"after" VARCHAR(64) NOT NULL, 
	decision VARCHAR(20) NOT NULL, 
	changes JSON NOT NULL, 
	trials INTEGER NOT NULL, 
	decided_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (study, "before", "after"), 
	FOREIGN KEY(study) REFERENCES "plan" (study), 
	FOREIGN KEY("before") REFERENCES code (hash), 
	FOREIGN KEY("after") REFERENCES code (hash)
);
CREATE TABLE environment (
	id VARCHAR(16) NOT NULL, 
	python TEXT NOT NULL, 
	packages JSON NOT NULL, 
	platform TEXT NOT NULL, 
	processor TEXT NOT NULL, 
	cores INTEGER NOT NULL, 
	memory_bytes BIGINT NOT NULL, 
	accelerator TEXT, 
	code_version TEXT NOT NULL, 
	git_commit TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "environment" VALUES('b66874d35a640ca9','3.11.7','{"torch": "2.14.1", "torchvision": "0.29.1", "optuna": "5.0.0", "numpy": "2.4.6", "pandas": "3.1.1", "scikit-learn": "1.9.1", "SQLAlchemy": "2.1.9"}','Linux','a processor',2,25276510208,NULL,'0.1.0',NULL);
CREATE TABLE epoch (
	trial VARCHAR(16) NOT NULL, 
	epoch INTEGER NOT NULL, 
	train_loss FLOAT, 
	train_score FLOAT, 
	validation_loss FLOAT, 
	validation_score FLOAT, 
	learning_rate FLOAT, 
	seconds FLOAT NOT NULL, 
	processor_seconds FLOAT, 
	metrics JSON, 
	recorded_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (trial, epoch), 
	FOREIGN KEY(trial) REFERENCES trial (id)
);
INSERT INTO "epoch" VALUES('c8a0107ee7740096',1,2.30760587692260754621e+00,0.09,2.282073974609375e+00,0.224,0.001,2.33234355700187734328e+00,1.16783166199999977052e+00,'{"accuracy": 0.224}','2026-11-26T18:23:12.799683+00:00');
INSERT INTO "epoch" VALUES('c8a0107ee7740096',2,2.27489963531494154835e+00,0.15,2.2609375,0.144,0.001,2.34661642599894548766e+00,1.165500347,'{"accuracy": 0.144}','2026-11-26T18:23:15.167412+00:00');
INSERT INTO "epoch" VALUES('d94dbadb4356de3f',1,2.30847342491149909449e+00,0.1,2.3076228027343748117e+00,0.1,2.93488805696034233891e-03,1.61337085700142779387e+00,0.797670573,'{"accuracy": 0.1}','2026-11-26T18:23:16.856435+00:00');
INSERT INTO "epoch" VALUES('d94dbadb4356de3f',2,2.30779576301574707031e+00,0.1,2.30726220703125,0.1,2.31416829442423539102e-04,2.2714285389993165154e+00,1.13318781500000032025e+00,'{"accuracy": 0.1}','2026-11-26T18:23:19.140369+00:00');
INSERT INTO "epoch" VALUES('ea645d142ac3f338',1,2.33608026504516619326e+00,0.1,2.29905053710937501421e+00,0.18,4.1384791685369227282e-03,3.45531350001692771911e-01,1.66987991000000057795e-01,'{"accuracy": 0.18}','2026-11-26T18:23:19.563947+00:00');
INSERT INTO "epoch" VALUES('ea645d142ac3f338',2,2.29109458923339825986e+00,0.18,2.27709301757812498934e+00,0.104,4.1384791685369227282e-03,4.96299693000764818862e-01,2.44728063000000162219e-01,'{"accuracy": 0.104}','2026-11-26T18:23:20.076467+00:00');
INSERT INTO "epoch" VALUES('3807bb36d9f81c7c',1,2.30940510749816896307e+00,0.1,NULL,NULL,0.001,3.67047894000279484316e-01,1.90799927000000479893e-01,'{}','2026-11-26T18:23:20.539946+00:00');
INSERT INTO "epoch" VALUES('3807bb36d9f81c7c',2,2.29186275482177714835e+00,0.1,NULL,NULL,0.001,2.0901007199972809758e+00,1.03998816599999965859e+00,'{}','2026-11-26T18:23:22.655547+00:00');
INSERT INTO "epoch" VALUES('801df421d1e254ac',1,2.3026927566528319069e+00,0.11,2.2775771484375,0.128,0.001,2.28823167700102203525e+00,1.148326747,'{"accuracy": 0.128}','2026-11-26T18:23:42.160348+00:00');
INSERT INTO "epoch" VALUES('801df421d1e254ac',2,2.26934078216552714835e+00,0.12,2.2501611328125,0.144,0.001,2.12345349699899088591e+00,1.05373678,'{"accuracy": 0.144}','2026-11-26T18:23:44.301373+00:00');
INSERT INTO "epoch" VALUES('917b7d2d413626a8',1,2.30668028831481919382e+00,0.1,2.2895478515625,0.128,0.001,1.95835749000252690166e-01,1.03767412000000280869e-01,'{"accuracy": 0.128}','2026-11-26T18:23:44.683409+00:00');
INSERT INTO "epoch" VALUES('917b7d2d413626a8',2,2.28185498237609873939e+00,0.16,2.27563037109375,0.22,0.001,2.16769225000462029129e-01,9.46647670000002605661e-02,'{"accuracy": 0.22}','2026-11-26T18:23:44.914476+00:00');
INSERT INTO "epoch" VALUES('d2a6e252a7a07c0d',1,2.30652794837951669038e+00,0.12,2.28659887695312491473e+00,0.1,0.001,2.0738640499985194765e-01,1.02363387000000027882e-01,'{"accuracy": 0.1}','2026-11-26T18:23:45.435910+00:00');
INSERT INTO "epoch" VALUES('d2a6e252a7a07c0d',2,2.28572647094726555394e+00,0.12,2.2710654296875,0.1,0.001,1.54631857599815702997e+00,7.55901409999999884803e-01,'{"accuracy": 0.1}','2026-11-26T18:23:46.995658+00:00');
INSERT INTO "epoch" VALUES('97659a7f7de335ea',1,2.30576462745666521669e+00,0.12,2.29963037109375,0.1,0.001,2.40868771000168635509e+00,1.18771423599999970122e+00,'{"accuracy": 0.1}','2026-11-26T18:23:49.756320+00:00');
INSERT INTO "epoch" VALUES('97659a7f7de335ea',2,2.29778344154357894169e+00,0.1,2.29580493164062504618e+00,0.1,0.001,2.3954546439999830909e+00,1.17733140900000066153e+00,'{"accuracy": 0.1}','2026-11-26T18:23:52.168019+00:00');
INSERT INTO "epoch" VALUES('3a339a2757efe376',1,2.30471179962158201348e+00,0.12,2.27816943359375,0.184,0.001,2.42910990200107335112e+00,1.191003211,'{"accuracy": 0.184}','2026-11-26T18:23:54.963947+00:00');
INSERT INTO "epoch" VALUES('3a339a2757efe376',2,2.26801144599914561439e+00,0.23,2.25051586914062484723e+00,0.304,0.001,2.45016671999837853945e+00,1.19804659900000043393e+00,'{"accuracy": 0.304}','2026-11-26T18:23:57.428385+00:00');
INSERT INTO "epoch" VALUES('39f4f61bd5b718b9',1,2.30681039810180665838e+00,0.1,2.30121533203125,0.1,0.001,2.3895196720004605595e+00,1.1750242399999990539e+00,'{"accuracy": 0.1}','2026-11-26T18:24:00.211949+00:00');
INSERT INTO "epoch" VALUES('39f4f61bd5b718b9',2,2.29859661102294943191e+00,0.13,2.29549853515625,0.1,0.001,2.37528202599787618964e+00,1.170374207,'{"accuracy": 0.1}','2026-11-26T18:24:02.603882+00:00');
INSERT INTO "epoch" VALUES('b5606423a129317b',1,2.30760587692260754621e+00,0.09,2.282073974609375e+00,0.224,0.001,2.34671244999844930134e+00,1.17033428299999986421e+00,'{"accuracy": 0.224}','2026-11-26T18:24:23.911773+00:00');
INSERT INTO "epoch" VALUES('b5606423a129317b',2,2.27489963531494154835e+00,0.15,2.2609375,0.144,0.001,2.29103250900152488611e+00,1.148849144,'{"accuracy": 0.144}','2026-11-26T18:24:26.223536+00:00');
INSERT INTO "epoch" VALUES('1a836ef7a79df38e',1,2.30856833457946786225e+00,0.1,2.30769482421875,0.1,2.93488805696034233891e-03,2.31742728699828148819e+00,1.16121049300000045434e+00,'{"accuracy": 0.1}','2026-11-26T18:24:28.612436+00:00');
INSERT INTO "epoch" VALUES('1a836ef7a79df38e',2,2.30823345184326189638e+00,0.1,2.307337890625,0.1,2.31416829442423539102e-04,2.34830760100157931447e+00,1.16990498500000050796e+00,'{"accuracy": 0.1}','2026-11-26T18:24:30.976509+00:00');
INSERT INTO "epoch" VALUES('0258fa3c062c0ed1',1,2.3247295665740965731e+00,0.1,2.28041357421875,0.156,4.1384791685369227282e-03,2.33638810997945256531e-01,1.16987883000000181255e-01,'{"accuracy": 0.156}','2026-11-26T18:24:31.296817+00:00');
INSERT INTO "epoch" VALUES('0258fa3c062c0ed1',2,2.26175772666931163001e+00,0.18,2.23353198242187511723e+00,0.156,4.1384791685369227282e-03,3.20203093997406540438e-01,0.14820265,'{"accuracy": 0.156}','2026-11-26T18:24:31.632335+00:00');
INSERT INTO "epoch" VALUES('36bc54c2651ebeee',1,2.30599040031433100139e+00,0.09,2.2847744140625,0.104,0.001,2.12199251000129152089e-01,1.05769802000000190389e-01,'{"accuracy": 0.104}','2026-11-26T18:24:32.264713+00:00');
INSERT INTO "epoch" VALUES('36bc54c2651ebeee',2,2.27291172027587906612e+00,0.23,2.27187329101562518474e+00,0.252,0.001,1.47464204000061727128e+00,7.13973600000000097054e-01,'{"accuracy": 0.252}','2026-11-26T18:24:33.759365+00:00');
INSERT INTO "epoch" VALUES('3f5b7d8dbde4c213',1,2.30667974472045900213e+00,0.1,2.30759912109375,0.1,2.93488805696034233891e-03,1.29817331999220186844e-01,6.70795989999994901609e-02,'{"accuracy": 0.1}','2026-11-26T18:24:33.976784+00:00');
INSERT INTO "epoch" VALUES('3f5b7d8dbde4c213',2,2.30935969352722159086e+00,0.1,2.3072607421875,0.1,2.31416829442423539102e-04,3.86893896000401582568e-01,1.70815222999999960507e-01,'{"accuracy": 0.1}','2026-11-26T18:24:34.384352+00:00');
INSERT INTO "epoch" VALUES('cb1e8cdf63d1d61d',1,2.32202734947204580961e+00,0.09,2.26927490234375,0.212,4.1384791685369227282e-03,6.77622743998654186725e-01,3.20498106000000504423e-01,'{"accuracy": 0.212}','2026-11-26T18:24:35.157462+00:00');
INSERT INTO "epoch" VALUES('cb1e8cdf63d1d61d',2,2.24309144973754870378e+00,0.19,2.2199658203125,0.136,4.1384791685369227282e-03,0.242280964001111,1.35612746999999700392e-01,'{"accuracy": 0.136}','2026-11-26T18:24:35.411475+00:00');
INSERT INTO "epoch" VALUES('f583580dda513c6d',1,2.31006165504455562853e+00,0.11,2.21317114257812486144e+00,0.368,4.1384791685369227282e-03,2.36817473399787559174e+00,1.19431637900000087171e+00,'{"accuracy": 0.368}','2026-11-26T18:24:39.171250+00:00');
INSERT INTO "epoch" VALUES('f583580dda513c6d',2,2.16639455795288071726e+00,0.39,2.01996069335937500355e+00,0.38,4.1384791685369227282e-03,2.38051847400129190646e+00,1.18965717000000026359e+00,'{"accuracy": 0.38}','2026-11-26T18:24:41.563889+00:00');
INSERT INTO "epoch" VALUES('96f5a2624f0e1dd3',1,2.30217877388000502492e+00,0.12,2.27605639648437518829e+00,0.1,4.1384791685369227282e-03,2.34891146299924,1.17233743099999898618e+00,'{"accuracy": 0.1}','2026-11-26T18:24:44.263936+00:00');
INSERT INTO "epoch" VALUES('96f5a2624f0e1dd3',2,2.26476542472839348363e+00,0.2,2.21705639648437502486e+00,0.328,4.1384791685369227282e-03,2.3698665910014824476e+00,1.183239898,'{"accuracy": 0.328}','2026-11-26T18:24:46.647872+00:00');
CREATE TABLE failure (
	trial VARCHAR(16) NOT NULL, 
	attempt INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	type TEXT, 
	message TEXT, 
	traceback TEXT, 
	recorded_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (trial, attempt), 
	FOREIGN KEY(trial) REFERENCES trial (id)
);
CREATE TABLE final (
	study TEXT NOT NULL, 
	name TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	configuration JSON NOT NULL, 
	epochs INTEGER NOT NULL, 
	replicates INTEGER NOT NULL, 
	command TEXT NOT NULL, 
	planned_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (study, name), 
	FOREIGN KEY(study) REFERENCES "plan" (study)
);
CREATE TABLE log (
	trial VARCHAR(16) NOT NULL, 
	number INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (trial, number), 
	FOREIGN KEY(trial) REFERENCES trial (id)
);
CREATE TABLE "plan" (
	study TEXT NOT NULL, 
	name TEXT, 
	space TEXT NOT NULL, 
	space_source TEXT NOT NULL, 
	space_hash VARCHAR(64) NOT NULL, 
	definition JSON NOT NULL, 
	model TEXT NOT NULL, 
	own_training BOOLEAN NOT NULL, 
	baseline JSON NOT NULL, 
	fixed JSON NOT NULL, 
	dataset TEXT NOT NULL, 
	dataset_source TEXT NOT NULL, 
	dataset_hash VARCHAR(64) NOT NULL, 
	data_root TEXT NOT NULL, 
	files TEXT, 
	task VARCHAR(20) NOT NULL, 
	input_shape JSON NOT NULL, 
	class_names JSON NOT NULL, 
	class_counts JSON, 
	train_examples INTEGER NOT NULL, 
	validation_examples INTEGER NOT NULL, 
	test_examples INTEGER NOT NULL, 
	train_size INTEGER, 
	final_examples INTEGER NOT NULL, 
	data_options JSON NOT NULL, 
	features JSON, 
	left_out JSON, 
	picture_ranges JSON, 
	dataset_notes JSON, 
	notes JSON, 
	trials INTEGER NOT NULL, 
	epochs INTEGER NOT NULL, 
	replicates INTEGER NOT NULL, 
	timeout_seconds FLOAT, 
	search_seconds FLOAT NOT NULL, 
	total_timeout_seconds FLOAT, 
	total_seconds FLOAT NOT NULL, 
	trial_timeout_seconds FLOAT, 
	patience INTEGER, 
	objective TEXT NOT NULL, 
	direction TEXT NOT NULL, 
	metrics TEXT, 
	metric_definitions JSON NOT NULL, 
	seed BIGINT NOT NULL, 
	sampler VARCHAR(20) NOT NULL, 
	pruner VARCHAR(20) NOT NULL, 
	device TEXT NOT NULL, 
	precision VARCHAR(20) NOT NULL, 
	split_seed VARCHAR(20) NOT NULL, 
	workers INTEGER NOT NULL, 
	smallest_effect FLOAT, 
	code_version TEXT NOT NULL, 
	commands JSON NOT NULL, 
	parent TEXT, 
	variant TEXT, 
	search INTEGER, 
	created_at VARCHAR(32) NOT NULL, 
	owner TEXT, 
	owner_seen_at FLOAT, 
	PRIMARY KEY (study)
);
INSERT INTO "plan" VALUES('cnn@digits',NULL,'cnn','cnn','e9b69080e0eeb93ab4ace1df3070f0bd35a1492f2a8b81944c3f7c3caee53a8c','{"name": "cnn", "model": "cnn", "domains": {"optimizer": {"kind": "Choice", "default": "adam", "choices": ["adam", "adamw", "sgd"], "when": {}}, "learning_rate": {"kind": "Float", "default": 0.001, "low": 0.0001, "high": 0.01, "log": true, "when": {}}, "batch_size": {"kind": "Choice", "default": 64, "choices": [32, 64, 128, 256], "when": {}}, "schedule": {"kind": "Choice", "default": "constant", "choices": ["constant", "cosine", "one-cycle"], "when": {}}, "weight_decay": {"kind": "Float", "default": 0.0001, "low": 1e-06, "high": 0.1, "log": true, "when": {"optimizer": ["adamw", "sgd"]}}, "momentum": {"kind": "Float", "default": 0.9, "low": 0.5, "high": 0.98, "log": false, "when": {"optimizer": ["sgd"]}}, "label_smoothing": {"kind": "Float", "default": 0.0, "low": 0.0, "high": 0.15, "log": false, "when": {}}, "width": {"kind": "Int", "default": 32, "low": 16, "high": 48, "step": 8, "when": {}}, "hidden_size": {"kind": "Int", "default": 128, "low": 64, "high": 256, "step": 64, "when": {}}, "dropout": {"kind": "Float", "default": 0.0, "low": 0.0, "high": 0.5, "log": false, "when": {}}}, "variants": [{"name": "dropout", "changes": {"dropout": 0.25}, "reason": "Add Dropout"}, {"name": "batchnorm", "changes": {"batch_norm": true}, "reason": "Add Batch Normalization"}, {"name": "dropout-batchnorm", "changes": {"dropout": 0.25, "batch_norm": true}, "reason": "Add Dropout and Batch Normalization"}, {"name": "deeper", "changes": {"stages": 3}, "reason": "Use a deeper CNN: a third convolution"}, {"name": "lenet5", "changes": {"architecture": "lenet5", "batch_norm": true, "dropout": 0.25}, "reason": "Use a deeper CNN variant: enhanced LeNet-5"}, {"name": "resnet", "changes": {"architecture": "resnet", "batch_norm": true}, "reason": "Use a deeper CNN variant: ResNet"}, {"name": "rotate", "changes": {"rotation": 10.0}, "reason": "Augment with random rotations"}, {"name": "translate", "changes": {"translation": 2.0}, "reason": "Augment with random translations"}, {"name": "scale", "changes": {"scaling": 0.1}, "reason": "Augment with random scaling"}, {"name": "augment", "changes": {"rotation": 10.0, "translation": 2.0, "scaling": 0.1}, "reason": "Augment with random rotations, translations and scaling"}, {"name": "everything", "changes": {"dropout": 0.25, "batch_norm": true, "stages": 3, "rotation": 10.0, "translation": 2.0, "scaling": 0.1}, "reason": "The full model, from which one suggestion at a time is taken out"}], "starts": [], "published": {"source": "the notebook", "dataset": "mnist", "train_losses": [0.1649, 0.0472, 0.032, 0.0231, 0.0183, 0.0142, 0.0112, 0.0096, 0.007, 0.0082, 0.0065, 0.0056, 0.0042, 0.0044, 0.0051, 0.0041, 0.0048, 0.0029, 0.0004, 0.0039], "epochs": 20, "metric": "accuracy", "test_score": 0.9905}, "claims": "search_spaces.notebook.claims", "size": "width"}','cnn',0,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{"width": 8, "hidden_size": 16, "batch_size": 32}','digits','digits','3e8b04a13bae31a3101f6f5e6af8d7cacffaf6df3acff9f45cc7dadc4b40be9b','data',NULL,'classification','[1, 28, 28]','["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]','{"train": [10, 10, 10, 10, 10, 10, 10, 10, 10, 10], "validation": [25, 26, 25, 25, 25, 25, 25, 25, 24, 25], "test": [30, 30, 30, 31, 30, 30, 30, 30, 29, 30]}',100,250,300,100,100,'{"skip_unreadable": false, "image_size": null, "cut_validation": false, "grey": false, "target": [], "task": null, "impute": null, "group": null}','[]','[]','{}','[]',NULL,3,2,1,NULL,1.67288385970023227859e+01,NULL,7.95840820680023171024e+01,NULL,NULL,'accuracy','maximize','','[{"name": "accuracy", "direction": "maximize", "unit": "fraction", "label": "accuracy"}]',0,'tpe','median','auto','float32','fixed',1,NULL,'0.1.0','["python -m study run cnn --dataset digits --train-size 100 --epochs 2 --workers 1 --precision float32 --set width=8 --set hidden_size=16 --set batch_size=32 --trials 3 --replicates 1", "python -m study ablate cnn --variants dropout --replicates 2 --dataset digits", "python -m study ablate cnn --variants dropout --replicates 2 --dataset digits --retune"]',NULL,NULL,NULL,'2026-11-26T18:23:03.332773+00:00',NULL,NULL);
INSERT INTO "plan" VALUES('cnn@digits+baseline with dropout=0.0',NULL,'cnn','cnn','e9b69080e0eeb93ab4ace1df3070f0bd35a1492f2a8b81944c3f7c3caee53a8c','{"name": "cnn", "model": "cnn", "domains": {"optimizer": {"kind": "Choice", "default": "adam", "choices": ["adam", "adamw", "sgd"], "when": {}}, "learning_rate": {"kind": "Float", "default": 0.001, "low": 0.0001, "high": 0.01, "log": true, "when": {}}, "batch_size": {"kind": "Choice", "default": 64, "choices": [32, 64, 128, 256], "when": {}}, "schedule": {"kind": "Choice", "default": "constant", "choices": ["constant", "cosine", "one-cycle"], "when": {}}, "weight_decay": {"kind": "Float", "default": 0.0001, "low": 1e-06, "high": 0.1, "log": true, "when": {"optimizer": ["adamw", "sgd"]}}, "momentum": {"kind": "Float", "default": 0.9, "low": 0.5, "high": 0.98, "log": false, "when": {"optimizer": ["sgd"]}}, "label_smoothing": {"kind": "Float", "default": 0.0, "low": 0.0, "high": 0.15, "log": false, "when": {}}, "width": {"kind": "Int", "default": 32, "low": 16, "high": 48, "step": 8, "when": {}}, "hidden_size": {"kind": "Int", "default": 128, "low": 64, "high": 256, "step": 64, "when": {}}, "dropout": {"kind": "Float", "default": 0.0, "low": 0.0, "high": 0.5, "log": false, "when": {}}}, "variants": [{"name": "dropout", "changes": {"dropout": 0.25}, "reason": "Add Dropout"}, {"name": "batchnorm", "changes": {"batch_norm": true}, "reason": "Add Batch Normalization"}, {"name": "dropout-batchnorm", "changes": {"dropout": 0.25, "batch_norm": true}, "reason": "Add Dropout and Batch Normalization"}, {"name": "deeper", "changes": {"stages": 3}, "reason": "Use a deeper CNN: a third convolution"}, {"name": "lenet5", "changes": {"architecture": "lenet5", "batch_norm": true, "dropout": 0.25}, "reason": "Use a deeper CNN variant: enhanced LeNet-5"}, {"name": "resnet", "changes": {"architecture": "resnet", "batch_norm": true}, "reason": "Use a deeper CNN variant: ResNet"}, {"name": "rotate", "changes": {"rotation": 10.0}, "reason": "Augment with random rotations"}, {"name": "translate", "changes": {"translation": 2.0}, "reason": "Augment with random translations"}, {"name": "scale", "changes": {"scaling": 0.1}, "reason": "Augment with random scaling"}, {"name": "augment", "changes": {"rotation": 10.0, "translation": 2.0, "scaling": 0.1}, "reason": "Augment with random rotations, translations and scaling"}, {"name": "everything", "changes": {"dropout": 0.25, "batch_norm": true, "stages": 3, "rotation": 10.0, "translation": 2.0, "scaling": 0.1}, "reason": "The full model, from which one suggestion at a time is taken out"}], "starts": [], "published": {"source": "the notebook", "dataset": "mnist", "train_losses": [0.1649, 0.0472, 0.032, 0.0231, 0.0183, 0.0142, 0.0112, 0.0096, 0.007, 0.0082, 0.0065, 0.0056, 0.0042, 0.0044, 0.0051, 0.0041, 0.0048, 0.0029, 0.0004, 0.0039], "epochs": 20, "metric": "accuracy", "test_score": 0.9905}, "claims": "search_spaces.notebook.claims", "size": "width"}','cnn',0,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{"width": 8, "hidden_size": 16, "batch_size": 32, "dropout": 0.0}','digits','digits','3e8b04a13bae31a3101f6f5e6af8d7cacffaf6df3acff9f45cc7dadc4b40be9b','data',NULL,'classification','[1, 28, 28]','["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]','{"train": [10, 10, 10, 10, 10, 10, 10, 10, 10, 10], "validation": [25, 26, 25, 25, 25, 25, 25, 25, 24, 25], "test": [30, 30, 30, 31, 30, 30, 30, 30, 29, 30]}',100,250,300,100,100,'{"skip_unreadable": false, "image_size": null, "cut_validation": false, "grey": false, "target": [], "task": null, "impute": null, "group": null}','[]','[]','{}','[]',NULL,3,2,0,NULL,1.61893594840003061108e+01,NULL,1.61893594840003061108e+01,NULL,NULL,'accuracy','maximize','','[{"name": "accuracy", "direction": "maximize", "unit": "fraction", "label": "accuracy"}]',0,'tpe','median','auto','float32','fixed',1,NULL,'0.1.0','[]','cnn@digits','baseline with dropout=0.0',1,'2026-11-26T18:24:15.419114+00:00',NULL,NULL);
INSERT INTO "plan" VALUES('cnn@digits+dropout',NULL,'cnn','cnn','e9b69080e0eeb93ab4ace1df3070f0bd35a1492f2a8b81944c3f7c3caee53a8c','{"name": "cnn", "model": "cnn", "domains": {"optimizer": {"kind": "Choice", "default": "adam", "choices": ["adam", "adamw", "sgd"], "when": {}}, "learning_rate": {"kind": "Float", "default": 0.001, "low": 0.0001, "high": 0.01, "log": true, "when": {}}, "batch_size": {"kind": "Choice", "default": 64, "choices": [32, 64, 128, 256], "when": {}}, "schedule": {"kind": "Choice", "default": "constant", "choices": ["constant", "cosine", "one-cycle"], "when": {}}, "weight_decay": {"kind": "Float", "default": 0.0001, "low": 1e-06, "high": 0.1, "log": true, "when": {"optimizer": ["adamw", "sgd"]}}, "momentum": {"kind": "Float", "default": 0.9, "low": 0.5, "high": 0.98, "log": false, "when": {"optimizer": ["sgd"]}}, "label_smoothing": {"kind": "Float", "default": 0.0, "low": 0.0, "high": 0.15, "log": false, "when": {}}, "width": {"kind": "Int", "default": 32, "low": 16, "high": 48, "step": 8, "when": {}}, "hidden_size": {"kind": "Int", "default": 128, "low": 64, "high": 256, "step": 64, "when": {}}, "dropout": {"kind": "Float", "default": 0.0, "low": 0.0, "high": 0.5, "log": false, "when": {}}}, "variants": [{"name": "dropout", "changes": {"dropout": 0.25}, "reason": "Add Dropout"}, {"name": "batchnorm", "changes": {"batch_norm": true}, "reason": "Add Batch Normalization"}, {"name": "dropout-batchnorm", "changes": {"dropout": 0.25, "batch_norm": true}, "reason": "Add Dropout and Batch Normalization"}, {"name": "deeper", "changes": {"stages": 3}, "reason": "Use a deeper CNN: a third convolution"}, {"name": "lenet5", "changes": {"architecture": "lenet5", "batch_norm": true, "dropout": 0.25}, "reason": "Use a deeper CNN variant: enhanced LeNet-5"}, {"name": "resnet", "changes": {"architecture": "resnet", "batch_norm": true}, "reason": "Use a deeper CNN variant: ResNet"}, {"name": "rotate", "changes": {"rotation": 10.0}, "reason": "Augment with random rotations"}, {"name": "translate", "changes": {"translation": 2.0}, "reason": "Augment with random translations"}, {"name": "scale", "changes": {"scaling": 0.1}, "reason": "Augment with random scaling"}, {"name": "augment", "changes": {"rotation": 10.0, "translation": 2.0, "scaling": 0.1}, "reason": "Augment with random rotations, translations and scaling"}, {"name": "everything", "changes": {"dropout": 0.25, "batch_norm": true, "stages": 3, "rotation": 10.0, "translation": 2.0, "scaling": 0.1}, "reason": "The full model, from which one suggestion at a time is taken out"}], "starts": [], "published": {"source": "the notebook", "dataset": "mnist", "train_losses": [0.1649, 0.0472, 0.032, 0.0231, 0.0183, 0.0142, 0.0112, 0.0096, 0.007, 0.0082, 0.0065, 0.0056, 0.0042, 0.0044, 0.0051, 0.0041, 0.0048, 0.0029, 0.0004, 0.0039], "epochs": 20, "metric": "accuracy", "test_score": 0.9905}, "claims": "search_spaces.notebook.claims", "size": "width"}','cnn',0,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.25, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{"width": 8, "hidden_size": 16, "batch_size": 32, "dropout": 0.25}','digits','digits','3e8b04a13bae31a3101f6f5e6af8d7cacffaf6df3acff9f45cc7dadc4b40be9b','data',NULL,'classification','[1, 28, 28]','["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]','{"train": [10, 10, 10, 10, 10, 10, 10, 10, 10, 10], "validation": [25, 26, 25, 25, 25, 25, 25, 25, 24, 25], "test": [30, 30, 30, 31, 30, 30, 30, 30, 29, 30]}',100,250,300,100,100,'{"skip_unreadable": false, "image_size": null, "cut_validation": false, "grey": false, "target": [], "task": null, "impute": null, "group": null}','[]','[]','{}','[]',NULL,3,2,0,NULL,3.60697972200068761594e+00,NULL,3.60697972200068761594e+00,NULL,NULL,'accuracy','maximize','','[{"name": "accuracy", "direction": "maximize", "unit": "fraction", "label": "accuracy"}]',0,'tpe','median','auto','float32','fixed',1,NULL,'0.1.0','[]','cnn@digits','dropout',1,'2026-11-26T18:24:31.782528+00:00',NULL,NULL);
CREATE TABLE plan_change (
	study TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	what TEXT NOT NULL, 
	command TEXT NOT NULL, 
	changed_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (study, number), 
	FOREIGN KEY(study) REFERENCES "plan" (study)
);
INSERT INTO "plan_change" VALUES('cnn@digits',1,'begun with --trials 3, --epochs 2, --replicates 1','python -m study run cnn --dataset digits --train-size 100 --epochs 2 --workers 1 --precision float32 --set width=8 --set hidden_size=16 --set batch_size=32 --trials 3 --replicates 1','2026-11-26T18:23:03.332773+00:00');
INSERT INTO "plan_change" VALUES('cnn@digits',2,'ablation one-at-a-time begun: variants dropout; seeds 2','python -m study ablate cnn --variants dropout --replicates 2 --dataset digits','2026-11-26T18:23:33.833337+00:00');
INSERT INTO "plan_change" VALUES('cnn@digits',3,'ablation one-at-a-time: re-tuned added: dropout','python -m study ablate cnn --variants dropout --replicates 2 --dataset digits --retune','2026-11-26T18:24:14.489603+00:00');
INSERT INTO "plan_change" VALUES('cnn@digits+baseline with dropout=0.0',1,'begun with --trials 3, --epochs 2','python -m study ablate cnn --variants dropout --replicates 2 --dataset digits --retune','2026-11-26T18:24:15.419114+00:00');
INSERT INTO "plan_change" VALUES('cnn@digits+dropout',1,'begun with --trials 3, --epochs 2','python -m study ablate cnn --variants dropout --replicates 2 --dataset digits --retune','2026-11-26T18:24:31.782528+00:00');
CREATE TABLE planned_trial (
	study TEXT NOT NULL, 
	ablation TEXT NOT NULL, 
	setting VARCHAR(10) NOT NULL, 
	arm TEXT NOT NULL, 
	search INTEGER NOT NULL, 
	replicate INTEGER NOT NULL, 
	seed BIGINT NOT NULL, 
	trial VARCHAR(16), 
	planned_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (study, ablation, setting, arm, search, replicate), 
	FOREIGN KEY(study, ablation, setting, arm) REFERENCES arm (study, ablation, setting, name)
);
INSERT INTO "planned_trial" VALUES('cnn@digits','one-at-a-time','fixed','baseline',1,0,8944388729743613572,'801df421d1e254ac','2026-11-26T18:23:33.853358+00:00');
INSERT INTO "planned_trial" VALUES('cnn@digits','one-at-a-time','fixed','baseline',1,1,1959643205192141071,'97659a7f7de335ea','2026-11-26T18:23:33.853358+00:00');
INSERT INTO "planned_trial" VALUES('cnn@digits','one-at-a-time','fixed','noise floor',1,0,8474948314128918583,'917b7d2d413626a8','2026-11-26T18:23:33.853358+00:00');
INSERT INTO "planned_trial" VALUES('cnn@digits','one-at-a-time','fixed','noise floor',1,1,3450489059368331460,'3a339a2757efe376','2026-11-26T18:23:33.853358+00:00');
INSERT INTO "planned_trial" VALUES('cnn@digits','one-at-a-time','fixed','dropout',1,0,8944388729743613572,'d2a6e252a7a07c0d','2026-11-26T18:23:33.853358+00:00');
INSERT INTO "planned_trial" VALUES('cnn@digits','one-at-a-time','fixed','dropout',1,1,1959643205192141071,'39f4f61bd5b718b9','2026-11-26T18:23:33.853358+00:00');
INSERT INTO "planned_trial" VALUES('cnn@digits','one-at-a-time','retuned','baseline with dropout=0.0',1,0,8944388729743613572,'f583580dda513c6d','2026-11-26T18:24:14.977825+00:00');
INSERT INTO "planned_trial" VALUES('cnn@digits','one-at-a-time','retuned','baseline with dropout=0.0',1,1,1959643205192141071,'96f5a2624f0e1dd3','2026-11-26T18:24:14.977825+00:00');
INSERT INTO "planned_trial" VALUES('cnn@digits','one-at-a-time','retuned','dropout',1,0,8944388729743613572,'d2a6e252a7a07c0d','2026-11-26T18:24:14.977825+00:00');
INSERT INTO "planned_trial" VALUES('cnn@digits','one-at-a-time','retuned','dropout',1,1,1959643205192141071,'39f4f61bd5b718b9','2026-11-26T18:24:14.977825+00:00');
CREATE TABLE schema_version (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "schema_version" VALUES(9);
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'cnn@digits');
INSERT INTO "studies" VALUES(2,'cnn@digits+baseline with dropout=0.0');
INSERT INTO "studies" VALUES(3,'cnn@digits+dropout');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MAXIMIZE',1,0);
INSERT INTO "study_directions" VALUES(2,'MAXIMIZE',2,0);
INSERT INTO "study_directions" VALUES(3,'MAXIMIZE',3,0);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE test_image (
	dataset_hash VARCHAR(64) NOT NULL, 
	image INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	width INTEGER NOT NULL, 
	channels INTEGER NOT NULL, 
	pixels BLOB NOT NULL, 
	PRIMARY KEY (dataset_hash, image), 
	FOREIGN KEY(dataset_hash) REFERENCES test_split (dataset_hash)
);
INSERT INTO "test_image" VALUES('3e8b04a13bae31a3101f6f5e6af8d7cacffaf6df3acff9f45cc7dadc4b40be9b',8,28,28,1,X'000000000007223D597897B7D3E0EEFCDDAF82593D22070000000000000000000007223D597897B7D3E0EEFCDDAF82593D2207000000000000000205081335577993AAC1D6E1EDF9E1BF9C7955310C03020100000000050C13234E79A4B8C3CFD9E3ECF5E8D3BFA37444140604020000000008131E33679BD0DDDCDCDDE4EAF1EEE8E1CE92571B0A0603000000000A16233B73ACE4EBE1D7D1D8DFE5ECF3FAEEAA66220D090400000000070F182A5887B5B6A89A93A3B3C3D3E3F3EEAC6926110B050000000004090D1A3E6285816F5D566F88A1BAD3ECEFAD6C2B150D06000000000102030A233C564C3620183B5D7FA1C3E5EFAF6F2F180F07000000000000000416283A311F0D092E52769BBFE4EFB172331C120800000000000000030E1A251F1409092E52769BBFE4F0B275371F14090000000000000001060B100D0904092E52769BBFE4F0B4783B23160A0000000001020304080C101112121B3C5E80A2C4E6F1B77E452B1B0C0000000004090D16293D5157585A617890A7BFD6EDF3C1905E40291200000000070F18284B6E919C9FA2A7B4C1CEDBE8F5F5CBA178563717000000000A1623396C9FD1E1E5EAEDF0F3F5F8FAFDF7D5B3916B441D000000000C1B2B4376A9DCECF0F5F9FBFDFFFBF6F2E6C5A483613D1A000000000E20324B79A6D4E3E7ECF0F5F9FEF6EBE0CFAC8A684B301400000000102439537BA4CCD9DEE3E8EFF6FDF2E0CEB894714D36220F0000000010253A527496B8C6CFD7DFE9F2FCEBD1B79B79573523160A000000000B1A283951687F96ACC3D6E1ECF7DDB89270573E25180F0700000000060E16202D3A47668AAFCEDAE6F2D09F6E453525150D09040000000001030406090C0E35689BC5D2E0EDC386491A130C05030201000000000000000105090D376DA4CDCFD1D3A970370C08040100000000000000000000020B141E4980B6DCCEC0B38B5C2C07050301000000000000000000000412202F5B92C8EACDAF926E472003020100000000000000000000000517293B699FD6F5CCA37A58381800000000000000000000000000000517293B699FD6F5CCA37A583818000000000000000000');
INSERT INTO "test_image" VALUES('3e8b04a13bae31a3101f6f5e6af8d7cacffaf6df3acff9f45cc7dadc4b40be9b',12,28,28,1,X'0000000000020B141E31485E799DC2E6E8DFD6C28B541E0D080300000000000000020B141E31485E799DC2E6E8DFD6C28B541E0D080300000000000000051A2F4455657587A1BAD4D9D7D4C69665341F140900000000000000092E5276858B929AA6B1BCC4CBD2CDA47B5238240F000000000000000D4175A9B4B2B0ADABA8A5B0C0D0D3B29170513416000000000000000F4B87C3CBC2B8AEA2958898B1CAD6BCA18664401B000000000000000B376490948B827970675E7698BACEB69E8664401B000000000000000724405D5D544B433E3934547FAAC5B09A8564401B0000000000000003101D2A271E140D0C0B0A32669ABDAA978464401B0000000000000002091017140D05000000002A6199BDA8937E5F3C1A0000000000000001060A0F0D0803000000002B649DC1A88F765838180000000000000000020406050301000000002C66A0C5A88B6E51331600000000010304070A0E11121212121212123B72A9CAA988674A2F1400000000060E16213345575B5B5B5B5B5B5B789EC4D7B08A64472D13000000000B1A283B5B7C9CA4A4A4A4A4A4A4B4C9DEE3B78C60432B120000000010253A5684B3E1EDEDEDEDEDEDEDF0F4F8EFBF8E5D402811000000000F2337507AA5CFDBDDDFE2E8EDF3F5F6F7EBB8855237230F000000000C1C2C4060809FABAFB4BBC8D6E4E9EBEDE2AE79452C1C0C000000000915212F455A707B828994A9BFD4DCE0E3D9A36D3821150900000000060F17212D3A47515962708EACCAD2D3D4C8935F2B170F0600000000040A10171F28313940485780A8D0D1C3B6A1764B1F100A04000000000206090D11161B21272D3F72A4D7CFB3987A5836140906020000000000010203030405090E132663A0DDCDA379543B220902010000000000000000000000000B19273E6E9ECFB98D603A281604000000000000000000000000000014304B66829DB89F7448251A0E0300000000000000000000000000001E476F8F959CA2845B31100B0601000000000000000000000000000026588AADA49B9271481F00000000000000000000000000000000000026588AADA49B9271481F000000000000000000');
INSERT INTO "test_image" VALUES('3e8b04a13bae31a3101f6f5e6af8d7cacffaf6df3acff9f45cc7dadc4b40be9b',15,28,28,1,X'00000E20324A739CC5D9E7F5FFFFFFFFF1DFCDB58C633A26180A000000000E20324A739CC5D9E7F5FFFFFFFFF1DFCDB58C633A26180A000000000D1E2F45698EB2C1C8D0D8E1EAF3ECE1D5C2986F452E1D0C000000000C1C2C3F5D7A989F9F9FA4B9CDE2E5E3E1D4A97E5338240F000000000B1A283950677E7E766F7191B1D1DFE5ECE6BA8D61432B12000000000A16233142526360564C4E779FC7D9E2EBE8BC9064462C1300000000070F18222D39454B4F536086ABD1D5CDC6B7926C47301F0D0000000004090D1319202636485B7295B8DBD1B9A18768492A1B1107000000000102030405060821416283A4C4E5CEA47B563E250D05030100000000000000000000001E476F92A8BDD2B68B5F3A281604000000000000000000000000000022507DA1A8AFB6997047251A0E03000000000000000000000000000026598CB0A8A1997B542E100B06010000000000000000000000000000285D92B6A6978868421C000000000000000000000000000000000000235180A29E9B97764B200000000000000000000000000000000000001E466E8E969EA6845424000000000000000000000000000000000000193B5C7A8EA2B6935D280000000000000000000000000000000000001633506C859FB9966029000000000000000000000000000000000000132C455F7D9AB896602900000000000000000000000000000000000010253A527495B796602900000000000000000000000001010204060716283B517394B6955F29000000000000000000000001030408121C25374B5E73899EB4925D2800000000000000000000000205080F203243586D82949EA8B28E5B27000000000000000000000003070C152F4861788FA5B6B4B2B18B58260000000000000000000000050B121F40618396A5B4BCAFA19472481F00000000000000000000000710192A537CA5B3B7BCB9A0876E5134160000000000000000000000091420356697C8CFC9C4B6916D48311F0D00000000000000000000000A18263D74ABE1E5D7C9B486592B19100700000000000000000000000A18263D74ABE1E5D7C9B486592B191007000000000000000000');
INSERT INTO "test_image" VALUES('3e8b04a13bae31a3101f6f5e6af8d7cacffaf6df3acff9f45cc7dadc4b40be9b',10,28,28,1,X'00000A18263F7AB5F0FFFFFFFDF4EBE1C7A787694D32170D0803000000000A18263F7AB5F0FFFFFFFDF4EBE1C7A787694D32170D080300000000091420376DA3DAE7E7E7E7E5E4E3D0B8A086654422150D06000000000710192C5C8BBBC7C7C7C9D3DCE5DDCFC2AD845B321F140900000000050B12214A749DA7A7A7ACC0D3E7E9E6E3D4A372422A1B0B0000000003070C17395B7D87898B94B1CDE9F2F5F8EDB7804A2F1E0D0000000002050810283F5665707C8CACCDEDF2EEEBDBA6713C25170A000000000103040916233043576C84A8CCF0F2E8DEC995622E1A1107000000000001010204070A203E5C7CA4CCF4F1E1D0B78552200F0A040000000000000000000000193B5D80A7CEF5EACEB2936940170A060300000000000000000000001B406489ADD1F6E0B78E684B2D0F06040200000000000000000000001D446B91B3D5F7D7A16B3E2C1A0803020100000000000000000000001D446B91B2D4F5D0925423180D030000000000000000000000000000173756779FC7EFD19B653827160400000000000000000000000000001229405E8CBBE9D2A4764D351E0600000000000000000000000000000C1B2B4479AEE3D3AD8762442608000000000000000000000000000008131E32669ACEC9B39C8159320A0000000000000000000000000000050C13245483B3BCB7B3A3713F0D000000000000000000000000000002050815416D99AEBCC9C5884C0F000000000000000001010205080B0B0B0B153D658DAAC4DDDF9C5814030201000000000103040918273539393942668AAEC4D6E8E4A362210D090400000000020508112B46606666666F8FAFCFDEE8F2EAAB6D2E180F070000000003070C183E648A9494949BB7D4F0F8FAFCEFB3773B23160A00000000040A0F1E49749FACAFB2B8CADBEDECE5DFCD9966321E130800000000050C1323517EACBCC3CAD0D5D9DED3C3B39D744B22130C0500000000060E16285989B9CDD8E2E8E0D7CFBAA1886E4F3012080502000000000710192C5E91C3D9E7F5FAE8D6C4A787684A331C06000000000000000710192C5E91C3D9E7F5FAE8D6C4A787684A331C060000000000');
CREATE TABLE test_result (
	trial VARCHAR(16) NOT NULL, 
	loss FLOAT, 
	score FLOAT NOT NULL, 
	metrics JSON, 
	predictions BLOB, 
	confidences BLOB, 
	seconds FLOAT NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (trial), 
	FOREIGN KEY(trial) REFERENCES trial (id)
);
INSERT INTO "test_result" VALUES('3807bb36d9f81c7c',2.28482889811197908969e+00,0.1,'{"accuracy": 0.1}',X'070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707',X'103029304530233010301B3020301430283014300C300730233038301E300730243025301F3022303230453037300330283026302130343026304E30363041302A303B303C300B3030303D3029302E303D3037304930383024302B304F301430493024303B3029301A30233033302E3035304A302F3023301C3037303930083043302330173020302030273026303A302430313027305A30243026304830243034302D3020303930293029301E30213038303D30383023303130343025303C304F3046300E3029300F301B301A30133020302E303C301E301C30463052301830423031301A30263039303430163036302B303B30333039303D303D30103040302D30323011303B3040303030423033300C30203035300A3026302F304C304E3022302B3040301D303A303A3024302D3016301430193021301330103030301C301E3011301A3025302830453045302930073021301E30373030302C300330423028303D301930293020302D3002300930333005303F3033301E301930EE2F17302430293014303E301B30243039301C303F30223016304F3026301730093043303C300B30083032301D303B3024303E301A302A301A302E3034304030323032300D3026300A30513029302A302F302E3043302930363023301C3019302730243023301E3037301E301D30193016301030273027302F302B3031303A30423034303A303D301D302F301A302230313033302F3012303330373046304030353041303D302C302A3020301C303630323022302930283023303030343040304C304A303E302530303049303430323043304B304630223028302C30',2.51697403000434860587e-01,'2026-11-26T18:23:22.940033+00:00');
INSERT INTO "test_result" VALUES('801df421d1e254ac',2.25050170898437507105e+00,1.73333333333333339254e-01,'{"accuracy": 0.17333333333333334}',X'000404040004040404000404040400040404040400040404040404040404040404000404040004040404040404040404040404040000040004040000040400000404000404040404040400040400040404000400040404000404040004040004040400040404000400000400040404040404040404000004040404040404000404040404040404040404040404040404040404000404000400000000000404040000000004000400000400040004000404040404040404000400000404040004000404040404000404040400040404040404000404040004040004000404040404040004040004040404040400000404040404000000040404040404040404040404040404040404000404040404040404040404000404000000040004040404040000040404040004040004',X'8C2FB62FA9303730DF2F38302A30AA2F6B30AA2F9E2F153056301030E82FC82F47301430FF2F5030DE2FAF30FC2F123067301A3009303D304E302E305230FE2F97302930AB2FEC2F5E3025304F302430BE301630B6302130B92FB62FB930A12F18304730113048300230D82FA330942FF62FB4305A2FA42F7F2F44301C30B32F48305130CF2FB82F5F303B302230912F33309530C92F38301A30D82F4A30053018302330203031302A302C3029309C2FA0303C300230B82F7F3012302E30A430F42F972FAF2FDD2FF72FFE2F36300E30A02FD22F1130FC2F0F306A2F25301730512F7F30F82F023043307D2FD32F3330133027304930593034303F30DA2F6D302B303D30BB2F853046302C3078304830B82F413041309F2FA52F323036303A30DC2F81303230EE2F06301730E22F742FEC2FE62FB72FEA2F22302D30682FCB2F2830CF2FF42FDB2F0130972FA330FA2F1430BF2F273043309D2F2430B72F8F302C301B302230393011300630AA2F882F6130A82FE92F4530D12F0D30C42FCF2F3F302830B32FC530373014300B303030B1303A304D2FDF2FE92F6B2FF42FFD2F3630E12F9C2FAC30C52F7E30DA2FC22F3F30F22F04303B300130403029304C30CC2F4630F42F12300D302E305D301030BD300F30B53038302A30C92F1230742F24302D30C2302F302630FF2FDA2FAC2FFD2F3D304030D72F00302B30323032301C308D301930273028305F302F3016303430AF2F51304030B9304F3019309F309E30FE2F3930FE2FC02FE02F3C30DD2F313015300C30C22F40304C3031302B305C301430193082304530D32F96300A300E304230B42F2D30',6.17912460002116858959e-02,'2026-11-26T18:23:44.420334+00:00');
INSERT INTO "test_result" VALUES('917b7d2d413626a8',2.2748565673828125e+00,0.23,'{"accuracy": 0.23}',X'050504070507070505050505050505050505070705040505050505050504050504040505050405050405040505050505040504070505040505040505050504050507070505050505050405040705040705040704050505050405050504050404050505050505040505050505050505050505050505050505050405050405050505050504040504050507050505040504070404050505050505050505040705050405050505050405040504050507050505040505050505050505050505050505040505040705040504040705050705050505050405050505050505040504050505050505050405050405040504050505050704040405050505070505050405050505050504050505040505050404050404050705050507050404050504050504050404050505040404070505',X'A32F582F6F2FC42F6B2F4D2F1F2F912F3F2F882FB72F922F492F422F772FD02F592FD42F532F9F2F642F642F4B2FAC2F732FE12FE72F4F2F6F2F642F612F312F532F672F692FA92F542F242F7B2FA52F532F582F5B2F722F532FA02F6E2FEA2F252F742F302FAF2F322F622F6F2F462F1B2F602F542F542F9F2F8F2F502F642F5C2F7C2F502F912F622F872F792F832FBE2F552F442F552FD52F442F602F0230AC2F6A2FC22F4F2FB02F692F392F8E2F6E2F512F3A2F7F2F502F682F5E2F422F402F432F702F0F2F882F552F4E2F772F5E2F462F392F602F972F782F4C2F9C2F572F462F752F542F8D2F712F522F912FAA2F1C2F6E2F342F222F652F612F5A2F8C2F472F852F6D2F582F9D2F832F6E2F822F9C2F312F7C2F5D2F642F5F2F372F892F562F2A2F5E2F7E2F712F612F6F2F542F862F922F642F572FB42F8C2F672F512F9F2F8B2F412F872F7E2F7B2F4D2F282F512F5A2F592F632F4F2F5D2F802F972F212F942FA52F882F682F9C2F882FB72F692F1F2F6F2F532F6C2F5E2F5E2F5A2F992F3C2F812FB42F692F1A2FB82F852F692F822F2A2F982F8E2FA72F272F4F2FA12F622F812F852F482F5B2F3D2FA92F342F6A2F722FAD2F3D2F6D2F4C2F7E2F962F712F522F492F5D2F6A2F232F752F6D2F662FAC2F482F872F2F2F902F792FAF2F882F6E2F4C2F552F8D2F7E2FB02FA12FB02F4A2F122F632F7D2F7A2F422F4F2FCF2FA22F4F2F862F542F422F752FCD2F8B2F372F602F6D2F9E2F6A2F482F972FC12F8A2F4B2F4E2FA02F4F2F582F6A2F852F772F5D2F492F372F312F5E2F542F542F482F892F812F6D2F392F262F9F2F792F642F',1.87822355001117102801e-01,'2026-11-26T18:23:45.164437+00:00');
INSERT INTO "test_result" VALUES('d2a6e252a7a07c0d',2.2717600504557293739e+00,0.1,'{"accuracy": 0.1}',X'040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404',X'AC2FD52F87302F30B22F2B302630C72F6230C12FC62F1B3041300F30D72FDF2F303022300B304730B92F89300E30143061302A301A301D3045302A303A30FE2F74301830D22F00304530D62F4F3031309F30243093301C30C42FCF2F9D30CF2F0A3040300D303C30CE2FB32F7730692FF32F9230882FA52F962F49300B30C42F4F304C30D82FD92F4F3024302830B02F2B307B30C82F2C300F30C22F3C300E30123012301830D72F18301B301B30AA2F7E302D300330952F6E3014300D308830EC2FB22FB32FE12F0030FB2FF22F0930B42FB82F0D30E02F0930852F30301230892F6E30F92F073023308E2FB22F1B301D301D3023304D3024304130A52F70302E303C30C12F6E303930313066304D30CC2F3B303F30B82FD42F2D3043302C30FD2F64302530CA2F0F302230B32FAC2FE02FD12FC02FD02F06302130A22FD52FF22FD82FCE2FD62F0430922F7430D02FD02FCF2F0B304930692F2130BF2F6B3021300F301C302F300A301530D62FA92F4F30BF2FD92F5330D42F0E30D12FDE2FD32F2730C02F87302C301E30F52F2130793035309D2FD92FF22FAD2F0330E72F3A30F52FAA2F7A30DA2F6230C02FBD2F41309E2F0930FE2F0C30373024303330E82F4230A02F0A300530EE2F48300430903005308F3029300530DF2FFF2FA92F13302330973003301330EA2FE32FC12F033032303830EE2FEB2F22303830303012307D301D3010301F304F30343008301430D52F4A3033309B303F302230823078300B3036300730C02F01303B30D22F07301E3010309F2F3F304D3024302B3061301830103081304930E52F6A30053002303030AD2F1A30',2.71821076999913202598e-01,'2026-11-26T18:23:47.310524+00:00');
INSERT INTO "test_result" VALUES('97659a7f7de335ea',2.29495442708333330372e+00,0.1,'{"accuracy": 0.1}',X'050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505',X'B72FE22FA72FB22FAD2FB22FAD2FC02FB42FAF2FC22FAB2FAE2FD92FA72FC12FAA2FE42FB92FAF2FA82FAD2FC02FB32FB92FE72FEB2F8C2FB82F9D2FBE2FD62FC02FA02FEB2FB52FA72FCC2FB62FD72FB42FBB2FB92FA92FBA2FB82FB42FE52FC82FAD2FCB2FC02F8A2FB72FB12FEE2FC92FB02FE72FD62FCA2FC62F972FAD2FD42FB42FCE2FC62FAC2F9B2FBE2FF52FB22FC92FAB2FCA2FB92FA42FBB2FCB2FC82F992FB72FA42FAC2FB72FB42FC42FAF2FB32FBD2FE92FBA2FB92F9A2FC82FD62FDD2FBA2FC22FB02FA12F8C2FA92FCE2FC22FCD2F912FBC2FF22FE02FC62FE62FBB2FA02FCF2F9C2FD02FCC2FBF2FDB2FCC2FB32FB42FC32FC32FA42FBA2FD92FB82FC52FC92FBF2FC72FB12FC02FB82FB52FB22FBF2FD72F9E2FE32FCF2FCD2FB62FCB2F9A2FBF2FBC2F9D2FF52FB22FB42FB52FB92F992FCF2FF32FC32F9A2FB72FAD2FAE2FC62FEE2F9B2F9A2FA12F9C2F982FC12FF42FBA2FA72FB12FBC2FCF2FC42FDB2FB72FC62FB32FB52FC02FA92FCC2FC02FC12FD02FA22FB02F992FCC2FCA2FA22FB42FC02FC62FBF2F9D2FA82FDC2FD02FA02FE02FC52FC52FC42FBE2FB62F982FA02FBE2F972FC12FC62F942FD52F962FDC2F962FC62FA82FA82FA22FAC2FCF2FC22F9A2FB92FBD2FAD2FD22FC32FC12F992FB82F942FEB2FB32FC62FB62F952F952F8F2FB22FC12FCD2FCA2FC02FD42FB42F9C2FD12FD32FBB2FC32FBF2F972F9B2FB72FB32FC82F952FBE2FC82FB02FB52FA02FE72FB32FB82FC52FB52FCC2F942FCD2FAB2F9E2F9C2FA32FC82FF12FAF2FD42FCB2FD92FC42F9E2FAD2FC52FBC2FD52FAD2FA92FD12FAD2FE82FB12F',2.51901507999718887731e-01,'2026-11-26T18:23:52.460923+00:00');
INSERT INTO "test_result" VALUES('3a339a2757efe376',2.24981282552083339254e+00,0.32,'{"accuracy": 0.32}',X'090304090904000904030309090109090409090909040009070909090900040104000009040907090401040909030409090909040909040003040000090109090107030904090900070409010909090909090900090409030404090301090904090009010909090909000009090101090004090904000304090909010901030109040901090109010909040900090109000109090909090009090309090900090909090909000409090909010009090409090909090009090909010109090909090909040909090904090301090309090109090409040901090900090901010403090901090901090409040709090900090904090909090909070409010901090104090909090409090301040401090404090909090009090300090300010101010000010109040109090309',X'462FE92ECA2F6B2F3D2FF22EE92E212F082F2D2F292F2C2F2C2F492F1A2F382F4A2FFC2EE32E2E2F222FC52FD92E432F102FED2E052F6A2F142FF62E3A2FED2E6D2FFB2E082F222F962F222F162FEE2EC72F172FB52F212F4F2FFA2EA32F0B2F162F392FE32E372F7E2F742F622F112F2C2F9B2F1D2FF42E322F332FF62E6E2F472FF52E062F7B2F102F702FEC2E0D2FFE2E542F4B2F1F2F422F5D2F172F272F1E2F112F292FF42E392F052F7A2F4D2F6C2F1C2F482F362F612F2C2F312F4C2F0C2F162F562FF02E7C2F732F4B2F862FFF2EF12EF62E8C2F6F2FF92E602F952F1B2F022FAE2F222F732F0F2F192F4B2FFA2E2C2F7F2F622F262F3A2F252F5D2F142F1A2F7B2F412F292F212F282F5F2F622F352F232F632FF62EEF2E3A2F0B2FE92E402FF52E4A2FF62ED82E342F0D2F302F702F332F7E2F5B2F192F2A2F492F362F642F762F782F2B2FFC2EBA2F8F2F622F9C2F202F372F142F272F662FA22F622F332F6D2F312F6A2FE22E632F6C2F3B2F9D2FF72E2D2F6E2F132FA02F472F152FE12E5C2FBD2F5A2FEA2E362F502FB92FFE2E0B2F322F812F132F382F3F2F632F4D2F542F4D2F782F192F512F0E2F3B2F8B2FEA2EF92E222FFA2E4C2F042F392F4E2F4A2F0A2F592F032F212F372FA32F412F412F332F1D2F712F8E2F2E2F2B2F192F982FF32E232F542F6B2F682F482F082F3A2FE62E182F122F2E2F262FFD2E352F1E2F212F212F5C2F012F2B2F032F042F392F3A2FAE2FEA2EEE2EA02F832FFA2E472F232F692F232F322F562FFB2EFD2E102F182F082F2F2F062F372F752FF12E122F582F1F2F0A2FB52F212F242F582F322F852F',2.77952973003266379237e-01,'2026-11-26T18:23:57.752530+00:00');
INSERT INTO "test_result" VALUES('39f4f61bd5b718b9',2.2949430338541665364e+00,0.1,'{"accuracy": 0.1}',X'050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505050505',X'BB2FE62FB42FBE2FB02FBE2FB82FC52FBC2FB42FC82FAD2FB22FEC2FAD2FC42FAC2FF22FC32FBC2FAB2FB12FCD2FB52FC42FF42FF72F8C2FC32FA92FBF2FF22FCD2FAC2FF62FB82FAA2FE62FC22FEF2FBB2FC32FBB2FAF2FBE2FBF2FC32FF22FE12FB82FE52FD42F8C2FBC2FC62FF32FDE2FC52FED2FDD2FD02FCD2F9A2FB02FEC2FBB2FD42FCF2FB42F9E2FCB2FFB2FBA2FDD2FAF2FD92FC52FA82FC72FD22FCC2FA02FC32FAB2FB92FB82FC12FCB2FBA2FB72FC32FF02FC72FC02F9F2FDB2FE92FE12FBD2FD12FB52FA62F8C2FAE2FD02FC42FE12F922FC32FFB2FEA2FCD2FE92FCE2FA32FD62FA02FD42FD02FC02FE62FE32FB52FC82FDB2FD92FA72FD02FEA2FC92FCA2FE32FCF2FCD2FC42FC62FBC2FBA2FC22FC22FE42FAE2FF92FEB2FD32FC92FDF2F9B2FC22FC22FA02FFE2FB72FBA2FBB2FBF2F9B2FD52FF92FC82F9B2FBE2FB32FB32FCC2FFA2FA02F9E2FA02FA02FA22FC82FFB2FC72FAA2FBC2FC12FE02FCA2FE62FBD2FCF2FB72FBC2FC72FAE2FE52FCF2FC42FD92FA32FB12F9F2FE02FCF2FA92FBF2FD42FDA2FC42FA92FB22FE22FE52FA72FE52FD12FD42FD22FCB2FB92FA62FA72FC82F9D2FCA2FD22F992FDA2F9C2FE62FA62FD02FAA2FAD2FA62FB12FDC2FCE2FA12FBC2FC62FBD2FE02FD52FC22F9A2FBF2F912FF22FB62FC82FC52F942F992F922FB82FC62FD62FCC2FC52FD62FB82FA92FD72FE52FC72FD82FC72F992FAB2FCF2FC82FD42FA02FC52FCE2FC22FC92FAD2FF02FC62FCF2FCA2FC12FD22F972FDE2FB82FA32FA92FAF2FD12FFE2FBF2FE42FE52FF62FD42FA72FB82FD22FC12FDC2FB12FBC2FEB2FBA2FF22FB62F',2.69302117001643637195e-01,'2026-11-26T18:24:02.916711+00:00');
INSERT INTO "test_result" VALUES('f583580dda513c6d',2.0268408203125,3.96666666666666667406e-01,'{"accuracy": 0.39666666666666667}',X'030204040304010304030303040403030404030403040103040404040404040604000303040004040401040403030403040406040300040206040202030100030404020304040402040403040403040404000400040104030404010204010004000303010400000402020003040301040204030104030204040004040404030404040304040104010304040303000404030404030101030203000302000402030002000303030409020900010204030404000404040103030403060103040203000403040404000404040200030204040403030403040301040303000404010403040304040004040404040400020902040404000003030300040402010404040404010400040404000304040404040404040401030304030000040204040406040000040101040006040204',X'17319B3023349231193188307530E030DC317B3155318630E031B130D03083306231C2304B307E31A5304D346D304D301832DA3091308A317631D230523228315D3337319F30D130203252318F31F730243420317834DE301130C5306C343730AF307D313A31B0315A30733090339E31A8304D3486314131B3305331693096300F3264319A303830C6315731C330F0302631973388308D31C9309930C631AB300E31E030E530383116311931EC309B30BE339A3127307231CF326B30AC30DA336B30D930A2306230DC2F30309C300E30DA30BC308E3005306130BF30203140307431D8320030373011320131263105320B31A730FD316532CD30DD31F83099324831463139300A33F230E4304B329631B23014315A31DB30AB30A5304F311B3102315D32C830873083308730B530253172303630ED305E30B8300231F6310330C8306C3050302E30243053306F3451308F305230DB30B531AD310731AE30313447318830E030B531803005312B315031A332AE301231A331D32FD62F8F3088305F319D30CF2F5E3419318630D530943123348F30B031B03040307431F02F4E30B131F62F07317D3384304C33CE3021304B31A6306B302531A8304E31FE3098310E31CF317F31CD308930C730073246305434DF302A349231CB302C308C30AC31E73016315D34D330A4307230E62F8E301D3077317C316D304230BE30D931D831AD30CF33043138316330FA3161319530443153316831E531393484313831E5331734C73094314130B5304F30E1313E304D31D13089301D311231B6313E31DE302F32B730D830E73297315330CA33E030B0309531FD301931',2.51919162998092360794e-01,'2026-11-26T18:24:41.856380+00:00');
INSERT INTO "test_result" VALUES('96f5a2624f0e1dd3',2.21599650065104158969e+00,3.13333333333333352577e-01,'{"accuracy": 0.31333333333333335}',X'090504040904040404090904040509020405040409040904040505040409040504000504040904050404040904090405090405040909040505040505040400090504050904090405090409090409090909000900040404090404090504090004050909040909000905090409090504090504090909090504050504040404090405090404090409040904040905000509040404090909090509090909000405090009090909050409000900040509090409050905090909090909050409050909000505040405050404000509090205090405090409090909040904000909050909040909040004040405040400090905040404000009090909040405040005050404040900040904000904040400050404090409090504090000050509050405040000040409040905040504',X'CB2FC62F4830CE2FFE2FB62FC42F962F1C301830AF2F9E2F0A3005304C302C2F1F30E72F652FBC2F51304030D92F9D2FD72F123018304930AD2F94303A3009300B3090300430AD2F48300130E52FFD2F3D30F32F2B305230A92F153044300A30CF2FC22FE72FCE2F1E3005301E300330AB2F3930B02FA42F882F9E2F7A30B22FF72FF42F9E2F1A30FE2F0E307C2F0D30B52F033043302C30612F45302130702FAE2F9E307C2F7F30C52F0C30722FEB2F1F30463039300E301E30353079301430D82FE72FCB2FAE2FFC2FF32F7B300530802F852FA92F2C30AD2FF12FF12FB12FE22FF42F2C30862F45309C2F792F1C30D72FC72F0330BF2FB82F862F1C30BC2FEB2FBD2F732F06301F30AB2F4D30CC2FC52FB32FCF2F9C2FAD2F4C301730F82F842FF62FCA2F30302F30193033300330E82FEA2F3330E72F6A30912FE72FAD2F5F30D42F09302230DF2F29306E304D300E30423058300B301F30A92FF62F4230EE2FB32FC02FC32FD82FE52F1E3039300F30FD2FF52FDA2FD22F8E2FD22F03308330922F962F6830832FA32FBA2FDB2F5D305530752FE52F6530972FA62FCC2F932F6D2FCF2F333060300B3074300730972FA430572FC930B32F43308F2F2A30323001305A300030962F71300730992F3730A52F2630E62F6A3001301D30B82FFD2FAE2F3230AD306A303E30C02F7D2FDF2FD52FD32FA82FEA2F7830BA2FDF2F03300C30622F493009307A2FC32FC72FB730EA2F9D2FE12F30307830213032301F309B2FE72FA52F7830942FFA2F263064306D307B2F31301E30DB2FD52F0230D32F7C303D300E300930B42F54301D30DD2FAF2F1630F72F',2.55539138001040555536e-01,'2026-11-26T18:24:46.940283+00:00');
CREATE TABLE test_split (
	dataset_hash VARCHAR(64) NOT NULL, 
	targets BLOB NOT NULL, 
	PRIMARY KEY (dataset_hash)
);
INSERT INTO "test_split" VALUES('3e8b04a13bae31a3101f6f5e6af8d7cacffaf6df3acff9f45cc7dadc4b40be9b',X'030204070302020307030303070609030105020709040803070505010700010604000203010607050408040908030405060706070905040206040202030100030107020507090802070409060709060705000700070108030401080204080004060203080505000502020609050101050204090809020209050609010601030105080304060106010307080302000106020406090808090203050305000702080005050908010409000900010208030405060905090803030403060109080309000808040708060704000206090208060108030409040906070902000500010103070306050001060405040700050102080704000009050305070802060001050604070900070806000301080400050404090708090207090000080200010606010000010103040006070205');
CREATE TABLE trial (
	id VARCHAR(16) NOT NULL, 
	study TEXT NOT NULL, 
	phase VARCHAR(20) NOT NULL, 
	variant TEXT NOT NULL, 
	replicate INTEGER, 
	optuna_number INTEGER, 
	optuna_trial_id INTEGER, 
	configuration JSON NOT NULL, 
	changes JSON NOT NULL, 
	configuration_hash VARCHAR(64) NOT NULL, 
	seed BIGINT NOT NULL, 
	epochs INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	attempt INTEGER NOT NULL, 
	skip BOOLEAN NOT NULL, 
	promoted_to INTEGER, 
	value FLOAT, 
	failure_type TEXT, 
	failure_message TEXT, 
	failure_traceback TEXT, 
	device TEXT NOT NULL, 
	precision VARCHAR(20) NOT NULL, 
	threads INTEGER NOT NULL, 
	machine_kinds JSON, 
	parameters BIGINT, 
	peak_memory_bytes BIGINT, 
	worker INTEGER, 
	environment VARCHAR(16) NOT NULL, 
	code VARCHAR(64), 
	stale_at VARCHAR(32), 
	created_at VARCHAR(32) NOT NULL, 
	started_at VARCHAR(32) NOT NULL, 
	finished_at VARCHAR(32), 
	PRIMARY KEY (id), 
	FOREIGN KEY(study) REFERENCES "plan" (study), 
	FOREIGN KEY(environment) REFERENCES environment (id), 
	FOREIGN KEY(code) REFERENCES code (hash)
);
INSERT INTO "trial" VALUES('c8a0107ee7740096','cnn@digits','search','baseline',NULL,0,1,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{}','b15d610babf88277bd7c7471c5a72e07d6da0c9302c236e07f2d47b29e25eee7',5913721223506612348,2,'complete',1,0,NULL,0.144,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,454225920,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:23:03.832674+00:00','2026-11-26T18:23:03.832589+00:00','2026-11-26T18:23:15.188037+00:00');
INSERT INTO "trial" VALUES('d94dbadb4356de3f','cnn@digits','search','search',NULL,1,2,'{"optimizer": "sgd", "learning_rate": 0.0030196133802894098, "batch_size": 32, "schedule": "one-cycle", "weight_decay": 0.002379977878443913, "momentum": 0.5025870472195927, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.12250535573252705, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.1192464891171468, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{"optimizer": "sgd", "learning_rate": 0.0030196133802894098, "schedule": "one-cycle", "weight_decay": 0.002379977878443913, "momentum": 0.5025870472195927, "label_smoothing": 0.12250535573252705, "dropout": 0.1192464891171468}','1958242bb7245cd103dcd694b2ac2055bd81ae474aabb9f8b539529dd08c5c70',7270598584162995374,2,'complete',1,0,NULL,0.1,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,455667712,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:23:15.224363+00:00','2026-11-26T18:23:15.224322+00:00','2026-11-26T18:23:19.168108+00:00');
INSERT INTO "trial" VALUES('ea645d142ac3f338','cnn@digits','search','search',NULL,2,3,'{"optimizer": "adam", "learning_rate": 0.004138479168536923, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.008655430514445972, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.38501357302250727, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{"learning_rate": 0.004138479168536923, "label_smoothing": 0.008655430514445972, "dropout": 0.38501357302250727}','dd3cfd8b0f9b661013cd4c8278382bf6a0095f7549e5f6982cca100f97cee5b8',5760467406092238927,2,'complete',1,0,NULL,0.104,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,455667712,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:23:19.198219+00:00','2026-11-26T18:23:19.198176+00:00','2026-11-26T18:23:20.112604+00:00');
INSERT INTO "trial" VALUES('3807bb36d9f81c7c','cnn@digits','replicate','baseline',0,NULL,NULL,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{}','b15d610babf88277bd7c7471c5a72e07d6da0c9302c236e07f2d47b29e25eee7',8102328568990666457,2,'complete',1,0,NULL,NULL,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,458788864,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:23:20.138720+00:00','2026-11-26T18:23:20.138654+00:00','2026-11-26T18:23:22.940804+00:00');
INSERT INTO "trial" VALUES('801df421d1e254ac','cnn@digits','ablate','baseline',0,NULL,NULL,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{}','b15d610babf88277bd7c7471c5a72e07d6da0c9302c236e07f2d47b29e25eee7',8944388729743613572,2,'complete',1,0,NULL,0.144,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,457232384,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:23:33.902541+00:00','2026-11-26T18:23:33.902466+00:00','2026-11-26T18:23:44.421232+00:00');
INSERT INTO "trial" VALUES('917b7d2d413626a8','cnn@digits','ablate','noise floor',0,NULL,NULL,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{}','b15d610babf88277bd7c7471c5a72e07d6da0c9302c236e07f2d47b29e25eee7',8474948314128918583,2,'complete',1,0,NULL,0.22,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,460902400,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:23:44.461072+00:00','2026-11-26T18:23:44.460964+00:00','2026-11-26T18:23:45.164934+00:00');
INSERT INTO "trial" VALUES('d2a6e252a7a07c0d','cnn@digits','ablate','dropout',0,NULL,NULL,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.25, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{"dropout": 0.25}','201c2ebdd3dcd6dd34895c12657f0f769405aa7f70e6350447c441588e384869',8944388729743613572,2,'complete',1,0,NULL,0.1,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,461164544,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:23:45.197564+00:00','2026-11-26T18:23:45.197449+00:00','2026-11-26T18:23:47.310981+00:00');
INSERT INTO "trial" VALUES('97659a7f7de335ea','cnn@digits','ablate','baseline',1,NULL,NULL,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{}','b15d610babf88277bd7c7471c5a72e07d6da0c9302c236e07f2d47b29e25eee7',1959643205192141071,2,'complete',1,0,NULL,0.1,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,461164544,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:23:47.337152+00:00','2026-11-26T18:23:47.337034+00:00','2026-11-26T18:23:52.461323+00:00');
INSERT INTO "trial" VALUES('3a339a2757efe376','cnn@digits','ablate','noise floor',1,NULL,NULL,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{}','b15d610babf88277bd7c7471c5a72e07d6da0c9302c236e07f2d47b29e25eee7',3450489059368331460,2,'complete',1,0,NULL,0.304,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,461164544,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:23:52.508959+00:00','2026-11-26T18:23:52.508855+00:00','2026-11-26T18:23:57.753120+00:00');
INSERT INTO "trial" VALUES('39f4f61bd5b718b9','cnn@digits','ablate','dropout',1,NULL,NULL,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.25, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{"dropout": 0.25}','201c2ebdd3dcd6dd34895c12657f0f769405aa7f70e6350447c441588e384869',1959643205192141071,2,'complete',1,0,NULL,0.1,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,461164544,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:23:57.787220+00:00','2026-11-26T18:23:57.787110+00:00','2026-11-26T18:24:02.917235+00:00');
INSERT INTO "trial" VALUES('b5606423a129317b','cnn@digits+baseline with dropout=0.0','search','baseline',NULL,0,4,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{}','b15d610babf88277bd7c7471c5a72e07d6da0c9302c236e07f2d47b29e25eee7',5913721223506612348,2,'complete',1,0,NULL,0.144,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,453013504,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:24:15.539910+00:00','2026-11-26T18:24:15.539839+00:00','2026-11-26T18:24:26.252219+00:00');
INSERT INTO "trial" VALUES('1a836ef7a79df38e','cnn@digits+baseline with dropout=0.0','search','search',NULL,1,5,'{"optimizer": "sgd", "learning_rate": 0.0030196133802894098, "batch_size": 32, "schedule": "one-cycle", "weight_decay": 0.002379977878443913, "momentum": 0.5025870472195927, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.12250535573252705, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{"optimizer": "sgd", "learning_rate": 0.0030196133802894098, "schedule": "one-cycle", "weight_decay": 0.002379977878443913, "momentum": 0.5025870472195927, "label_smoothing": 0.12250535573252705}','063e16917a07fac29ab1880d029abd18a8f0409269f2cfda0348f7971088b24d',7270598584162995374,2,'complete',1,0,NULL,0.1,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,454324224,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:24:26.275384+00:00','2026-11-26T18:24:26.275338+00:00','2026-11-26T18:24:31.012200+00:00');
INSERT INTO "trial" VALUES('0258fa3c062c0ed1','cnn@digits+baseline with dropout=0.0','search','search',NULL,2,6,'{"optimizer": "adam", "learning_rate": 0.004138479168536923, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.008655430514445972, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{"learning_rate": 0.004138479168536923, "label_smoothing": 0.008655430514445972}','6d22d3b3a74bed38d25078a17cdc45a67dc64f7886bf6aad9eaf0bf986fff2d7',5760467406092238927,2,'complete',1,0,NULL,0.156,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,454324224,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:24:31.042461+00:00','2026-11-26T18:24:31.042420+00:00','2026-11-26T18:24:31.676631+00:00');
INSERT INTO "trial" VALUES('36bc54c2651ebeee','cnn@digits+dropout','search','baseline',NULL,0,7,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.0, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.25, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{}','201c2ebdd3dcd6dd34895c12657f0f769405aa7f70e6350447c441588e384869',5913721223506612348,2,'complete',1,0,NULL,0.252,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,454324224,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:24:31.878901+00:00','2026-11-26T18:24:31.878857+00:00','2026-11-26T18:24:33.792312+00:00');
INSERT INTO "trial" VALUES('3f5b7d8dbde4c213','cnn@digits+dropout','search','search',NULL,1,8,'{"optimizer": "sgd", "learning_rate": 0.0030196133802894098, "batch_size": 32, "schedule": "one-cycle", "weight_decay": 0.002379977878443913, "momentum": 0.5025870472195927, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.12250535573252705, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.25, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{"optimizer": "sgd", "learning_rate": 0.0030196133802894098, "schedule": "one-cycle", "weight_decay": 0.002379977878443913, "momentum": 0.5025870472195927, "label_smoothing": 0.12250535573252705}','7aaed4503c2e020dc66787ed91d52b4f0c1e79941380f03447f0162843c78130',7270598584162995374,2,'complete',1,0,NULL,0.1,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,454324224,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:24:33.822992+00:00','2026-11-26T18:24:33.822949+00:00','2026-11-26T18:24:34.424665+00:00');
INSERT INTO "trial" VALUES('cb1e8cdf63d1d61d','cnn@digits+dropout','search','search',NULL,2,9,'{"optimizer": "adam", "learning_rate": 0.004138479168536923, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.008655430514445972, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.25, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{"learning_rate": 0.004138479168536923, "label_smoothing": 0.008655430514445972}','0cbdc726e387cfee760d69a0e3bf28a8515a950f90a3ac6f10b2bc59b88b6d01',5760467406092238927,2,'complete',1,0,NULL,0.136,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,454324224,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:24:34.458921+00:00','2026-11-26T18:24:34.458870+00:00','2026-11-26T18:24:35.468506+00:00');
INSERT INTO "trial" VALUES('f583580dda513c6d','cnn@digits','ablate','baseline with dropout=0.0',0,NULL,NULL,'{"optimizer": "adam", "learning_rate": 0.004138479168536923, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.008655430514445972, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{"learning_rate": 0.004138479168536923, "label_smoothing": 0.008655430514445972}','6d22d3b3a74bed38d25078a17cdc45a67dc64f7886bf6aad9eaf0bf986fff2d7',8944388729743613572,2,'complete',1,0,NULL,0.38,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,457723904,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:24:35.621723+00:00','2026-11-26T18:24:35.621647+00:00','2026-11-26T18:24:41.857130+00:00');
INSERT INTO "trial" VALUES('96f5a2624f0e1dd3','cnn@digits','ablate','baseline with dropout=0.0',1,NULL,NULL,'{"optimizer": "adam", "learning_rate": 0.004138479168536923, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "ema": 0.0, "label_smoothing": 0.008655430514445972, "rotation": 0.0, "translation": 0.0, "scaling": 0.0, "class_weights": "none", "sampler": "shuffle", "width": 8, "hidden_size": 16, "dropout": 0.0, "batch_norm": false, "stages": 2, "architecture": "plain", "first_kernel": 3, "growth": 2.0, "padding": true}','{"learning_rate": 0.004138479168536923, "label_smoothing": 0.008655430514445972}','6d22d3b3a74bed38d25078a17cdc45a67dc64f7886bf6aad9eaf0bf986fff2d7',1959643205192141071,2,'complete',1,0,NULL,0.328,NULL,NULL,NULL,'cpu','float32',2,'["a processor"]',13978,457723904,0,'b66874d35a640ca9','aca8123871058eb72087104d8d9f412b3173fd629d2d53858322e0e03c65379d',NULL,'2026-11-26T18:24:41.897144+00:00','2026-11-26T18:24:41.897028+00:00','2026-11-26T18:24:46.940664+00:00');
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	heartbeat DATETIME NOT NULL, 
	PRIMARY KEY (trial_heartbeat_id), 
	UNIQUE (trial_id), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT, 
	intermediate_value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_intermediate_values" VALUES(1,1,1,0.224,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(2,1,2,0.144,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(3,2,1,0.1,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(4,2,2,0.1,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(5,3,1,0.18,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(6,3,2,0.104,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(7,4,1,0.224,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(8,4,2,0.144,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(9,5,1,0.1,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(10,5,2,0.1,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(11,6,1,0.156,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(12,6,2,0.156,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(13,7,1,0.104,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(14,7,2,0.252,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(15,8,1,0.1,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(16,8,2,0.1,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(17,9,1,0.212,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(18,9,2,0.136,'FINITE');
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json TEXT, 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'optimizer',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", "adamw", "sgd"]}}');
INSERT INTO "trial_params" VALUES(2,1,'learning_rate',0.001,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0001, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(3,1,'schedule',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["constant", "cosine", "one-cycle"]}}');
INSERT INTO "trial_params" VALUES(4,1,'label_smoothing',0.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(5,1,'dropout',0.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(6,2,'optimizer',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", "adamw", "sgd"]}}');
INSERT INTO "trial_params" VALUES(7,2,'learning_rate',3.01961338028940975627e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0001, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(8,2,'schedule',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["constant", "cosine", "one-cycle"]}}');
INSERT INTO "trial_params" VALUES(9,2,'weight_decay',2.37997787844391279696e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-06, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(10,2,'momentum',5.02587047219592686353e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.98, "log": false}}');
INSERT INTO "trial_params" VALUES(11,2,'label_smoothing',1.22505355732527049239e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(12,2,'dropout',1.19246489117146803327e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(13,3,'optimizer',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", "adamw", "sgd"]}}');
INSERT INTO "trial_params" VALUES(14,3,'learning_rate',4.1384791685369227282e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0001, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(15,3,'schedule',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["constant", "cosine", "one-cycle"]}}');
INSERT INTO "trial_params" VALUES(16,3,'label_smoothing',8.65543051444597234811e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(17,3,'dropout',3.85013573022507271659e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(18,4,'optimizer',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", "adamw", "sgd"]}}');
INSERT INTO "trial_params" VALUES(19,4,'learning_rate',0.001,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0001, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(20,4,'schedule',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["constant", "cosine", "one-cycle"]}}');
INSERT INTO "trial_params" VALUES(21,4,'label_smoothing',0.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(22,5,'optimizer',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", "adamw", "sgd"]}}');
INSERT INTO "trial_params" VALUES(23,5,'learning_rate',3.01961338028940975627e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0001, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(24,5,'schedule',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["constant", "cosine", "one-cycle"]}}');
INSERT INTO "trial_params" VALUES(25,5,'weight_decay',2.37997787844391279696e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-06, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(26,5,'momentum',5.02587047219592686353e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.98, "log": false}}');
INSERT INTO "trial_params" VALUES(27,5,'label_smoothing',1.22505355732527049239e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(28,6,'optimizer',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", "adamw", "sgd"]}}');
INSERT INTO "trial_params" VALUES(29,6,'learning_rate',4.1384791685369227282e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0001, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(30,6,'schedule',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["constant", "cosine", "one-cycle"]}}');
INSERT INTO "trial_params" VALUES(31,6,'label_smoothing',8.65543051444597234811e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(32,7,'optimizer',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", "adamw", "sgd"]}}');
INSERT INTO "trial_params" VALUES(33,7,'learning_rate',0.001,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0001, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(34,7,'schedule',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["constant", "cosine", "one-cycle"]}}');
INSERT INTO "trial_params" VALUES(35,7,'label_smoothing',0.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(36,8,'optimizer',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", "adamw", "sgd"]}}');
INSERT INTO "trial_params" VALUES(37,8,'learning_rate',3.01961338028940975627e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0001, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(38,8,'schedule',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["constant", "cosine", "one-cycle"]}}');
INSERT INTO "trial_params" VALUES(39,8,'weight_decay',2.37997787844391279696e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-06, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(40,8,'momentum',5.02587047219592686353e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.98, "log": false}}');
INSERT INTO "trial_params" VALUES(41,8,'label_smoothing',1.22505355732527049239e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(42,9,'optimizer',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", "adamw", "sgd"]}}');
INSERT INTO "trial_params" VALUES(43,9,'learning_rate',4.1384791685369227282e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0001, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(44,9,'schedule',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["constant", "cosine", "one-cycle"]}}');
INSERT INTO "trial_params" VALUES(45,9,'label_smoothing',8.65543051444597234811e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'study_trial','"c8a0107ee7740096"');
INSERT INTO "trial_user_attributes" VALUES(2,2,'study_trial','"d94dbadb4356de3f"');
INSERT INTO "trial_user_attributes" VALUES(3,3,'study_trial','"ea645d142ac3f338"');
INSERT INTO "trial_user_attributes" VALUES(4,4,'study_trial','"b5606423a129317b"');
INSERT INTO "trial_user_attributes" VALUES(5,5,'study_trial','"1a836ef7a79df38e"');
INSERT INTO "trial_user_attributes" VALUES(6,6,'study_trial','"0258fa3c062c0ed1"');
INSERT INTO "trial_user_attributes" VALUES(7,7,'study_trial','"36bc54c2651ebeee"');
INSERT INTO "trial_user_attributes" VALUES(8,8,'study_trial','"3f5b7d8dbde4c213"');
INSERT INTO "trial_user_attributes" VALUES(9,9,'study_trial','"cb1e8cdf63d1d61d"');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT, 
	value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,0.144,'FINITE');
INSERT INTO "trial_values" VALUES(2,2,0,0.1,'FINITE');
INSERT INTO "trial_values" VALUES(3,3,0,0.104,'FINITE');
INSERT INTO "trial_values" VALUES(4,4,0,0.144,'FINITE');
INSERT INTO "trial_values" VALUES(5,5,0,0.1,'FINITE');
INSERT INTO "trial_values" VALUES(6,6,0,0.156,'FINITE');
INSERT INTO "trial_values" VALUES(7,7,0,0.252,'FINITE');
INSERT INTO "trial_values" VALUES(8,8,0,0.1,'FINITE');
INSERT INTO "trial_values" VALUES(9,9,0,0.136,'FINITE');
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	number INTEGER, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-26 18:23:03.832674','2026-11-26 18:23:15.248553');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-26 18:23:15.224363','2026-11-26 18:23:19.224252');
INSERT INTO "trials" VALUES(3,2,1,'COMPLETE','2026-11-26 18:23:19.198219','2026-11-26 18:23:20.165769');
INSERT INTO "trials" VALUES(4,0,2,'COMPLETE','2026-11-26 18:24:15.539910','2026-11-26 18:24:26.303303');
INSERT INTO "trials" VALUES(5,1,2,'COMPLETE','2026-11-26 18:24:26.275384','2026-11-26 18:24:31.060259');
INSERT INTO "trials" VALUES(6,2,2,'COMPLETE','2026-11-26 18:24:31.042461','2026-11-26 18:24:31.747118');
INSERT INTO "trials" VALUES(7,0,3,'COMPLETE','2026-11-26 18:24:31.878901','2026-11-26 18:24:33.849122');
INSERT INTO "trials" VALUES(8,1,3,'COMPLETE','2026-11-26 18:24:33.822992','2026-11-26 18:24:34.498527');
INSERT INTO "trials" VALUES(9,2,3,'COMPLETE','2026-11-26 18:24:34.458921','2026-11-26 18:24:35.547575');
CREATE TABLE tried (
	study TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	given JSON NOT NULL, 
	prune BOOLEAN NOT NULL, 
	trial VARCHAR(16), 
	command TEXT NOT NULL, 
	asked_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (study, number), 
	FOREIGN KEY(study) REFERENCES "plan" (study)
);
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'5.0.0');
CREATE INDEX trial_by_study ON trial (study, phase, state);
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
COMMIT;
