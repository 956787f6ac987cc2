{{ config(materialized='incremental', incremental_strategy='replace_changed', meta={'recomputed_by': 'lead'}) }}

select * from {{ ref('clause_steps_score') }}
union all
select * from {{ ref('clause_steps_count') }}
union all
select * from {{ ref('clause_steps_emails') }}
