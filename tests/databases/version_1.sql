-- Schema 1, made by the program of commit 1288609: the last with schema 1.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE environment (
	id VARCHAR(16) NOT NULL, 
	python VARCHAR(40) NOT NULL, 
	packages JSON NOT NULL, 
	platform TEXT NOT NULL, 
	processor TEXT NOT NULL, 
	cores INTEGER NOT NULL, 
	memory_bytes BIGINT NOT NULL, 
	accelerator TEXT, 
	code_version VARCHAR(40) NOT NULL, 
	git_commit VARCHAR(60), 
	PRIMARY KEY (id)
);
INSERT INTO "environment" VALUES('072c37a96dd0fd9e','3.11.7','{"torch": "2.14.1", "torchvision": "0.29.1", "optuna": "5.0.0", "numpy": "2.4.6", "pandas": "3.1.1", "scikit-learn": "1.9.1", "SQLAlchemy": "2.1.9"}','Linux','AMD EPYC',2,25276063744,NULL,'0.1.0',NULL);
CREATE TABLE epoch (
	trial VARCHAR(16) NOT NULL, 
	epoch INTEGER NOT NULL, 
	train_loss FLOAT NOT NULL, 
	train_accuracy FLOAT NOT NULL, 
	validation_loss FLOAT, 
	validation_accuracy FLOAT, 
	learning_rate FLOAT NOT NULL, 
	seconds FLOAT NOT NULL, 
	metrics JSON, 
	recorded_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (trial, epoch), 
	FOREIGN KEY(trial) REFERENCES trial (id)
);
INSERT INTO "epoch" VALUES('ac6cf5d4c43c14a3',1,2.30760594367980953478e+00,0.09,2.282073974609375e+00,0.224,0.001,1.55574160099786240607e+00,NULL,'2026-11-25T21:23:40.040636+00:00');
INSERT INTO "epoch" VALUES('ac6cf5d4c43c14a3',2,2.27489962577819815336e+00,0.15,2.2609375,0.144,0.001,1.30602351599372923374e+00,NULL,'2026-11-25T21:23:41.393182+00:00');
INSERT INTO "epoch" VALUES('fa589d4f26bf1bcd',1,2.30847342491149909449e+00,0.1,2.3076228027343748117e+00,0.1,2.93488805696034233891e-03,4.33176712998829316347e-01,NULL,'2026-11-25T21:23:42.028553+00:00');
INSERT INTO "epoch" VALUES('fa589d4f26bf1bcd',2,2.30779582977294905887e+00,0.1,2.30726196289062501776e+00,0.1,2.31416829442423539102e-04,1.05499651800346327945e+00,NULL,'2026-11-25T21:23:43.128916+00:00');
INSERT INTO "epoch" VALUES('feded431f2d708c5',1,2.33608026504516619326e+00,0.1,2.29905053710937501421e+00,0.18,4.1384791685369227282e-03,2.30464701002347283065e-01,NULL,'2026-11-25T21:23:43.496285+00:00');
INSERT INTO "epoch" VALUES('feded431f2d708c5',2,2.29109452247619627129e+00,0.18,2.27709252929687488986e+00,0.104,4.1384791685369227282e-03,3.17581717004941310733e-01,NULL,'2026-11-25T21:23:43.841349+00:00');
INSERT INTO "epoch" VALUES('a0aa535bf954e0fc',1,2.30334193638392870084e+00,0.1,NULL,NULL,0.001,2.67371555999852716922e+00,NULL,'2026-11-25T21:23:46.597813+00:00');
INSERT INTO "epoch" VALUES('a0aa535bf954e0fc',2,2.25642741612025687913e+00,1.74285714285714293803e-01,NULL,NULL,0.001,0.790097577002598,NULL,'2026-11-25T21:23:47.393498+00:00');
CREATE TABLE "plan" (
	study VARCHAR(200) NOT NULL, 
	space VARCHAR(100) NOT NULL, 
	space_source TEXT NOT NULL, 
	space_hash VARCHAR(64) NOT NULL, 
	definition JSON NOT NULL, 
	family VARCHAR(200) NOT NULL, 
	baseline JSON NOT NULL, 
	fixed JSON NOT NULL, 
	dataset VARCHAR(100) NOT NULL, 
	dataset_source TEXT NOT NULL, 
	dataset_hash VARCHAR(64) NOT NULL, 
	data_root TEXT NOT NULL, 
	class_names JSON NOT NULL, 
	train_images INTEGER NOT NULL, 
	validation_images INTEGER NOT NULL, 
	test_images INTEGER NOT NULL, 
	train_size INTEGER, 
	trials INTEGER NOT NULL, 
	epochs INTEGER NOT NULL, 
	replicates INTEGER NOT NULL, 
	timeout_seconds FLOAT, 
	search_seconds FLOAT NOT NULL, 
	objective VARCHAR(40) NOT NULL, 
	direction VARCHAR(10) NOT NULL, 
	seed BIGINT NOT NULL, 
	sampler VARCHAR(20) NOT NULL, 
	pruner VARCHAR(20) NOT NULL, 
	device VARCHAR(20) NOT NULL, 
	precision VARCHAR(20) NOT NULL, 
	workers INTEGER NOT NULL, 
	code_version VARCHAR(40) NOT NULL, 
	commands JSON NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	owner VARCHAR(200), 
	owner_seen_at FLOAT, 
	PRIMARY KEY (study)
);
INSERT INTO "plan" VALUES('cnn@digits','cnn','cnn','fab0eb46359af5d04964483839d250a90482c6638102ec73bbc7e557106fe347','{"name": "cnn", "family": "cnn", "domains": {"optimizer": {"kind": "Choice", "default": "adam", "choices": ["adam", "adamw", "sgd"], "when": {}}, "learning_rate": {"kind": "Float", "default": 0.001, "low": 0.0001, "high": 0.01, "log": true, "when": {}}, "batch_size": {"kind": "Choice", "default": 64, "choices": [32, 64, 128, 256], "when": {}}, "schedule": {"kind": "Choice", "default": "constant", "choices": ["constant", "cosine", "one-cycle"], "when": {}}, "weight_decay": {"kind": "Float", "default": 0.0001, "low": 1e-06, "high": 0.1, "log": true, "when": {"optimizer": ["adamw", "sgd"]}}, "momentum": {"kind": "Float", "default": 0.9, "low": 0.5, "high": 0.98, "log": false, "when": {"optimizer": ["sgd"]}}, "label_smoothing": {"kind": "Float", "default": 0.0, "low": 0.0, "high": 0.15, "log": false, "when": {}}, "width": {"kind": "Int", "default": 32, "low": 16, "high": 48, "step": 8, "when": {}}, "hidden_size": {"kind": "Int", "default": 128, "low": 64, "high": 256, "step": 64, "when": {}}, "dropout": {"kind": "Float", "default": 0.0, "low": 0.0, "high": 0.5, "log": false, "when": {}}}, "variants": [{"name": "dropout", "changes": {"dropout": 0.25}, "reason": "Add Dropout"}], "reference": {"source": "the notebook", "dataset": "mnist", "train_losses": [0.1649, 0.0472, 0.032, 0.0231, 0.0183, 0.0142, 0.0112, 0.0096, 0.007, 0.0082, 0.0065, 0.0056, 0.0042, 0.0044, 0.0051, 0.0041, 0.0048, 0.0029, 0.0004, 0.0039], "epochs": 20, "test_accuracy": 0.9905}}','cnn','{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "label_smoothing": 0.0, "width": 8, "hidden_size": 16, "dropout": 0.0}','{"width": 8, "hidden_size": 16, "batch_size": 32}','digits','digits','3e8b04a13bae31a3101f6f5e6af8d7cacffaf6df3acff9f45cc7dadc4b40be9b','/data','["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]',100,250,300,100,3,2,1,NULL,1.02713244620026671331e+01,'validation_accuracy','maximize',0,'tpe','median','auto','float32',1,'0.1.0','["python -m study run cnn --dataset digits --train-size 100 --epochs 2 --workers 1 --precision float32 --set width=8 --set hidden_size=16 --set batch_size=32 --trials 3 --replicates 1 --storage sqlite:///runs/studies.db"]','2026-11-25T21:23:28.933437+00:00',NULL,1.79564182441688036922e+09);
CREATE TABLE schema_version (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "schema_version" VALUES(1);
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'cnn@digits');
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
CREATE TABLE test_result (
	trial VARCHAR(16) NOT NULL, 
	loss FLOAT NOT NULL, 
	accuracy FLOAT NOT NULL, 
	predictions BLOB NOT NULL, 
	seconds FLOAT NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (trial), 
	FOREIGN KEY(trial) REFERENCES trial (id)
);
INSERT INTO "test_result" VALUES('a0aa535bf954e0fc',2.21310974121093728683e+00,2.66666666666666662965e-01,X'020207070207070207020202070602020707020702070702070707070707070607070202070707070707070707070702070707070707070206070202020707020707020707070702070707070707070707070702070707020707070207070707060202070207020702020707070607070207070707020207070607070707020707070207070707070207070202070706020707070707020202020207020702070202070707020707020707070207020707070707070702020702060707070202020707070707060707000206070207060702020702070206070202000707070702070207070707060707070702020702070707000202070202070702070707070607070707070706000207070707070707070707020207070200070207070706070002070707070706070207',5.07279119992745108902e-02,'2026-11-25T21:23:47.481199+00:00');
CREATE TABLE trial (
	id VARCHAR(16) NOT NULL, 
	study VARCHAR(200) NOT NULL, 
	phase VARCHAR(20) NOT NULL, 
	variant VARCHAR(100) NOT NULL, 
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
	value FLOAT, 
	failure_type TEXT, 
	failure_message TEXT, 
	failure_traceback TEXT, 
	device VARCHAR(60) NOT NULL, 
	precision VARCHAR(20) NOT NULL, 
	threads INTEGER NOT NULL, 
	parameters BIGINT, 
	peak_memory_bytes BIGINT, 
	worker INTEGER, 
	environment VARCHAR(16) NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	started_at VARCHAR(32) NOT NULL, 
	finished_at VARCHAR(32), 
	PRIMARY KEY (id), 
	FOREIGN KEY(study) REFERENCES "plan" (study), 
	FOREIGN KEY(environment) REFERENCES environment (id)
);
INSERT INTO "trial" VALUES('ac6cf5d4c43c14a3','cnn@digits','search','baseline',NULL,0,1,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "label_smoothing": 0.0, "width": 8, "hidden_size": 16, "dropout": 0.0}','{}','4a866c45d2cfa76474cb79758fa07cdb109362e3195279bfef6aea61b4c548b6',5913721223506612348,2,'complete',1,0.144,NULL,NULL,NULL,'cpu','float32',2,13978,740495360,0,'072c37a96dd0fd9e','2026-11-25T21:23:30.511049+00:00','2026-11-25T21:23:30.510920+00:00','2026-11-25T21:23:41.406635+00:00');
INSERT INTO "trial" VALUES('fa589d4f26bf1bcd','cnn@digits','search','search',NULL,1,2,'{"optimizer": "sgd", "learning_rate": 0.0030196133802894098, "batch_size": 32, "schedule": "one-cycle", "weight_decay": 0.002379977878443913, "momentum": 0.5025870472195927, "label_smoothing": 0.12250535573252705, "width": 8, "hidden_size": 16, "dropout": 0.1192464891171468}','{"optimizer": "sgd", "learning_rate": 0.0030196133802894098, "schedule": "one-cycle", "weight_decay": 0.002379977878443913, "momentum": 0.5025870472195927, "label_smoothing": 0.12250535573252705, "dropout": 0.1192464891171468}','3eced3d1c0962820987155ae43d66ac97f63526f1fbe3db8512caf493d7ff63b',7270598584162995374,2,'complete',1,0.1,NULL,NULL,NULL,'cpu','float32',2,13978,741543936,0,'072c37a96dd0fd9e','2026-11-25T21:23:41.574497+00:00','2026-11-25T21:23:41.574370+00:00','2026-11-25T21:23:43.148174+00:00');
INSERT INTO "trial" VALUES('feded431f2d708c5','cnn@digits','search','search',NULL,2,3,'{"optimizer": "adam", "learning_rate": 0.004138479168536923, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "label_smoothing": 0.008655430514445972, "width": 8, "hidden_size": 16, "dropout": 0.38501357302250727}','{"learning_rate": 0.004138479168536923, "label_smoothing": 0.008655430514445972, "dropout": 0.38501357302250727}','fec934df65e2de08ba1b472dc6e5edf01c98c01886869ac8e87f641ca60732d3',5760467406092238927,2,'complete',1,0.104,NULL,NULL,NULL,'cpu','float32',2,13978,741543936,0,'072c37a96dd0fd9e','2026-11-25T21:23:43.245259+00:00','2026-11-25T21:23:43.245187+00:00','2026-11-25T21:23:43.859355+00:00');
INSERT INTO "trial" VALUES('a0aa535bf954e0fc','cnn@digits','replicate','baseline',0,NULL,NULL,'{"optimizer": "adam", "learning_rate": 0.001, "batch_size": 32, "schedule": "constant", "weight_decay": 0.0, "momentum": 0.9, "label_smoothing": 0.0, "width": 8, "hidden_size": 16, "dropout": 0.0}','{}','4a866c45d2cfa76474cb79758fa07cdb109362e3195279bfef6aea61b4c548b6',8102328568990666457,2,'complete',1,NULL,NULL,NULL,NULL,'cpu','float32',2,13978,745299968,0,'072c37a96dd0fd9e','2026-11-25T21:23:43.908656+00:00','2026-11-25T21:23:43.908386+00:00','2026-11-25T21:23:47.488809+00:00');
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
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'fixed_params','{"optimizer": "adam", "learning_rate": 0.001, "schedule": "constant", "label_smoothing": 0.0, "dropout": 0.0}');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
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
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-25 21:23:30.425735','2026-11-25 21:23:41.424301');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-25 21:23:41.457214','2026-11-25 21:23:43.153726');
INSERT INTO "trials" VALUES(3,2,1,'COMPLETE','2026-11-25 21:23:43.180891','2026-11-25 21:23:43.874588');
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
